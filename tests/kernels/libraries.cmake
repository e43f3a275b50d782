if(TARGET keratin_loadable_onednn)
  target_compile_definitions(${target} PRIVATE KERATIN_HAS_ONEDNN)
endif()
