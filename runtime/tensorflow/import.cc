#include "runtime/tensorflow/import.h"

#include "runtime/core/error.h"
#include "runtime/tensorflow/function_importer.h"

namespace keratin::tensorflow {

using namespace serialization;

namespace {

void refuse_unknown_ops(const SavedModelDocument& document, const std::string& name) {
  const std::map<std::string, std::string> unknown = unknown_ops(document.meta.graph, name, document.file);
  if (unknown.empty()) return;
  std::string list;
  for (const auto& [op, place] : unknown) list += cat("\n  ", op, ": ", place);
  fail(ErrorCode::unsupported, document.file, ": function \"", name, "\" needs ", unknown.size(),
       " TensorFlow ops that are not supported:", list);
}

// The batch is one symbol for all inputs; every other free dimension is its own.
ir::Type type_of(const TensorSpec& spec, std::size_t input, const std::string& where) {
  const std::optional<DType> dtype = dtype_of(spec.type);
  check(dtype && *dtype != DType::string, ErrorCode::unsupported, where, ": input ", input, " (\"",
        printable(spec.name), "\") has the type ", name_of(spec.type), ", which can't be computed with");
  check(!spec.shape.unknown_rank, ErrorCode::unsupported, where, ": input ", input, " (\"",
        printable(spec.name), "\") has no known rank");
  ir::Type type{*dtype, {}};
  for (std::size_t axis = 0; axis < spec.shape.dims.size(); ++axis) {
    const std::int64_t size = spec.shape.dims[axis];
    type.shape.push_back(size >= 0   ? ir::Dim(size)
                         : axis == 0 ? ir::Dim::symbol("B")
                                     : ir::Dim::symbol(cat("D", input, "_", axis)));
  }
  return type;
}

Item variable_of(const SavedModelDocument& document, int object, const std::map<int, std::string>& paths,
                 ImportedFunction& to, const std::string& where) {
  const SavedObject& saved = document.meta.objects[static_cast<std::size_t>(object)];
  const auto* variable = std::get_if<SavedVariable>(&saved.kind);
  check(variable != nullptr, ErrorCode::unsupported, where, ": is bound to object ", object,
        ", which is no variable (tables, assets and captured constants are not supported yet)");
  const std::optional<DType> dtype = dtype_of(variable->type);
  check(dtype && *dtype != DType::string && !variable->shape.unknown_rank, ErrorCode::unsupported, where,
        ": variable \"", printable(variable->name), "\" is of ", name_of(variable->type),
        " or has no known shape");
  ir::Type type{*dtype, ir::to_dims(variable->shape.dims)};
  for (const std::int64_t dim : variable->shape.dims)
    check(dim >= 0, ErrorCode::unsupported, where, ": variable \"", printable(variable->name),
          "\" has no fixed shape");
  for (std::size_t i = 0; i < to.variables.size(); ++i)
    if (to.variables[i] == object) return {{}, {}, i};  // captured twice
  to.variables.push_back(object);
  const auto path = paths.find(object);
  return {{}, {}, to.graph.declare_variable(path == paths.end() ? variable->name : path->second, type)};
}

// Keys of a dict name the results; else they are counted.
std::vector<std::string> output_names(const Structure& results, std::size_t count) {
  std::vector<std::string> names;
  const auto* node = std::get_if<StructureNode>(&results.value);
  if (node && node->kind == StructureNode::Kind::dict && node->keys.size() == count) return node->keys;
  for (std::size_t i = 0; i < count; ++i) names.push_back(cat("output_", i));
  return names;
}

}  // namespace

std::vector<std::string> concrete_functions(const SavedModelDocument& document, const std::string& path) {
  const int node = find_object(document.meta, path);
  if (node >= 0) {
    const auto& kind = document.meta.objects[static_cast<std::size_t>(node)].kind;
    if (const auto* function = std::get_if<SavedFunction>(&kind)) return function->concrete_functions;
    if (const auto* bare = std::get_if<SavedBareFunction>(&kind)) return {bare->concrete_function};
  }
  fail(ErrorCode::invalid_argument, document.file, ": \"", path, "\" leads to no function of the SavedModel");
}

ImportedFunction import_function(const SavedModelDocument& document, const std::string& name) {
  const std::string where = cat(document.file, ": function \"", printable(name), "\"");
  const TfFunction& function = find_function(document.meta.graph, name, document.file);
  const auto concrete = document.meta.concrete_functions.find(name);
  check(concrete != document.meta.concrete_functions.end(), ErrorCode::corrupt_file, where,
        ": the object graph does not describe it");
  refuse_unknown_ops(document, name);

  const std::vector<TensorSpec> specs = concrete->second.arguments.tensors();
  const std::vector<int>& bound = concrete->second.bound_inputs;
  check(specs.size() + bound.size() == function.inputs.size(), ErrorCode::corrupt_file, where, ": takes ",
        function.inputs.size(), " arguments; its signature has ", specs.size(), " and ", bound.size(),
        " are bound");
  ImportedFunction imported;
  Items arguments;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string& input = specs[i].name.empty() ? function.inputs[i].name : specs[i].name;
    arguments.push_back({imported.graph.input(input, type_of(specs[i], i, where)), {}, {}});
  }
  const std::map<int, std::string> paths = object_paths(document.meta);
  for (const int object : bound) arguments.push_back(variable_of(document, object, paths, imported, where));

  FunctionImporter importer(document.meta.graph, document.file, imported.graph);
  Items results = importer.call(name, arguments);
  const std::vector<std::string> names = output_names(concrete->second.results, results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    check(results[i].value || results[i].known, ErrorCode::unsupported, where, ": result \"",
          printable(names[i]), "\" is no tensor");
    imported.graph.output(
        names[i], results[i].value ? results[i].value : materialise(imported.graph, *results[i].known));
  }
  imported.graph.label.clear();
  return imported;
}

Tensor read_variable(const SavedModelDocument& document, int object) {
  const auto key = document.variable_keys.find(object);
  check(key != document.variable_keys.end(), ErrorCode::corrupt_file, document.file, ": object ", object,
        " has no value in the checkpoint");
  verify_checksum(document.variables, key->second);
  return read_tensor(key->second, document.variables.directory.tensors.at(key->second));
}

}  // namespace keratin::tensorflow
