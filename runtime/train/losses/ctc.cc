#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext&, ir::Value, ir::Value, const NoConfig&) {
  fail(ErrorCode::unsupported, "CTC can't be trained with yet; the model predicts without its loss");
}

}  // namespace
extern const LossDef loss_ctc = define_loss<NoConfig, values>({.class_name = "CTC", .function_name = "ctc"});
}  // namespace keratin
