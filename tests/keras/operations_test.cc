// keras.ops as nodes: every family's cases equal real Keras' answers, with fixed and with symbolic batches.
#include "operation_run.h"

namespace keratin::tests {
namespace {

class Operations : public testing::TestWithParam<OperationRow> {
 protected:
  const OperationCase& row() const { return *GetParam().row; }
  Golden golden() const { return Golden(cat(KERATIN_TEST_DATA "/golden/ops/", row().class_name, ".npz")); }
};

TEST_P(Operations, AnswerAsKeras) {
  SCOPED_TRACE(cat(row().config, " ", row().inputs));
  const Golden golden = this->golden();
  // Else: dump_cases --operations | tools/python_env tools/goldens/ops.py --stale
  const Json wanted = golden.meta(GetParam().index).at("case");
  ASSERT_EQ(sorted(wanted.at("config")), sorted(parse(row().config))) << "the golden is of another case";
  ASSERT_EQ(sorted(wanted.at("inputs")), sorted(parse(row().inputs))) << "the golden is of another case";
  OperationRun(row(), false).expect_answers(golden, GetParam().index);
}

// Where the operation needs no size of the batch.
TEST_P(Operations, LowerForAnyBatch) {
  SCOPED_TRACE(cat(row().config, " ", row().inputs));
  std::optional<OperationRun> run;
  try {
    run.emplace(row(), true);
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::corrupt_file || error.code() == ErrorCode::unsupported)
        << error.what();
    return;
  }
  run->expect_answers(golden(), GetParam().index);
}

INSTANTIATE_TEST_SUITE_P(All, Operations, testing::ValuesIn(all_operation_rows()), [](const auto& info) {
  return std::string(info.param.row->class_name) + "_" + std::to_string(info.param.index);
});

TEST(Operation, NamesWhatIsUnknown) {
  Json object;
  object["class_name"] = "Frobnicate";
  object["config"] = Json(Json::Object{});
  try {
    make_operation(object);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(error.what()).find("Frobnicate"), std::string::npos);
  }
}

}  // namespace
}  // namespace keratin::tests
