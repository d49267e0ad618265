// cast: the same values as another element type.
#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  TensorType type = application.type();
  type.dtype = dtype_from_name(application.word("dtype")).value();
  return Inferred{.results = {type}, .weights = {}, .details = application.word("dtype")};
}

}  // namespace

extern const Layer layer_cast = {
    .name = "cast",
    .summary = "the same values as another element type; floats become whole numbers by cutting towards zero",
    .inputs = {{.name = "x", .doc = "any type"}},
    .settings = {{.name = "dtype",
                  .kind = SettingKind::word,
                  .words = {"f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "bool"},
                  .doc = "the element type of the result"}},
    .infer = infer,
    .lower =
        [](Lowering& lowering) {
          return std::vector{lowering.builder.cast(lowering.inputs[0], lowering.inferred.results[0].dtype)};
        },
};

}  // namespace kdlc::catalogue
