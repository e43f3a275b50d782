// keras.ops as nodes: every family's cases equal real Keras' answers, with fixed and with symbolic batches.
#include <map>

#include "layer_run.h"
#include "runtime/keras/operation.h"
#include "runtime/keras/operation_layer.h"
#include "tolerance.h"

namespace keratin::tests {
namespace {

struct Row {
  const OperationCase* row;
  std::size_t index;  // among the cases of this operation
};

std::vector<Row> all_rows() {
  std::vector<Row> rows;
  std::map<std::string, std::size_t> counts;
  for (const OperationFamily* family : registry_operations())
    for (const OperationCase& row : family->cases) rows.push_back({&row, counts[row.class_name]++});
  return rows;
}

Json parse(const char* text) { return serialization::parse_json(text, "case"); }

// One operation called on inputs, which are named x0, x1 … over all tensors of the call.
class OperationRun {
 public:
  OperationRun(const OperationCase& row, bool symbolic) : symbolic_(symbolic), lowering_(graph_, false) {
    Json object;
    object["module"] = std::string("keras.src.ops.") + row.module;
    object["class_name"] = row.class_name;
    object["config"] = parse(row.config);
    layer_ = make_operation(object);
    Call call;
    const Json inputs = parse(row.inputs);
    for (const Json& input : inputs.as_array()) call.args.push_back(argument(input));
    const std::vector<Traced> results = call_layer(lowering_, *layer_, call);
    for (std::size_t i = 0; i < results.size(); ++i) graph_.output(cat("y", i), results[i].value);
  }

  void expect_answers(const Golden& golden, std::size_t index) {
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i)
      inputs.push_back(cast_tensor(golden.at(index, cat("x", i)), graph_.inputs[i].dtype()));
    const std::vector<Tensor> found = ir::evaluate_graph(ir::specialise(graph_, symbols_), inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Tensor* wanted = golden.find(index, cat("y", i));
      ASSERT_TRUE(wanted != nullptr) << "Keras has no result " << i;
      EXPECT_TRUE(near(found[i], *wanted, found[i].dtype(), {16, 16})) << "result " << i;
    }
    EXPECT_EQ(golden.find(index, cat("y", found.size())), nullptr) << "Keras has more results";
  }

 private:
  Argument argument(const Json& json) {
    if (auto type = parse_spec(json)) {
      if (symbolic_ && type->rank() > 0) {
        const std::int64_t size = type->shape[0].value();
        const std::string name = cat("B", size);
        symbols_[name] = size;
        type->shape[0] = ir::Dim::symbol(name);
      }
      return {Traced{graph_.input(cat("x", graph_.inputs.size()), *type), {}}};
    }
    if (!json.is_array()) return {json};
    bool tensors = false;
    Argument::List list;
    for (const Json& item : json.as_array()) {
      tensors |= parse_spec(item).has_value();
      list.push_back(argument(item));
    }
    if (!tensors) return {json};
    return {std::move(list)};
  }

  ir::Graph graph_;
  bool symbolic_;
  Lowering lowering_;
  LayerPtr layer_;
  ir::Symbols symbols_;
};

class Operations : public testing::TestWithParam<Row> {
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

INSTANTIATE_TEST_SUITE_P(All, Operations, testing::ValuesIn(all_rows()), [](const auto& info) {
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
