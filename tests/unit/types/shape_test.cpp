// Shapes, tensor types and element types: texts, counts, broadcasting.
#include "types/shape.hpp"

#include "catch.hpp"
#include "types/dtype.hpp"
#include "types/tensor_type.hpp"

using kdlc::Dim;
using kdlc::DType;
using kdlc::Shape;

namespace {

const Dim N = Dim::batch();
const Dim T = Dim::symbol("T");

}  // namespace

TEST_CASE("shapes are written as declared and as spoken") {
  const Shape image{{N, 28, 28, 1}};
  CHECK(image.to_text() == "[N, 28, 28, 1]");
  CHECK(image.to_short_text() == "28×28×1");
  CHECK(Shape{{N, T - 2, 8}}.to_short_text() == "(T - 2)×8");
  CHECK(Shape{{N}}.to_short_text() == "one number");
  CHECK(Shape{}.to_text() == "[]");
  CHECK(kdlc::TensorType{DType::boolean, image}.to_text() == "bool[N, 28, 28, 1]");
}

TEST_CASE("elements are counted per sample and with the batch") {
  CHECK(Shape{{N, 28, 28, 2}}.elements_per_sample() == 1568);
  CHECK(Shape{{N, 3}}.element_count() == 3 * N);
  CHECK(Shape{}.element_count() == Dim(1));
  CHECK(Shape{{N, 3}}.is_static_per_sample());
  CHECK_FALSE(Shape{{N, T}}.is_static_per_sample());
  CHECK(Shape{{3, 4}}.without_batch() == Shape{{3, 4}});
  CHECK(kdlc::TensorType{DType::f64, Shape{{N, 3, 2}}}.bytes_per_sample() == 48);
  CHECK(kdlc::TensorType{DType::boolean, Shape{}}.bytes_per_sample() == 1);
}

TEST_CASE("broadcasting is NumPy's") {
  CHECK(broadcast(Shape{{N, 5, 1}}, Shape{{7}}) == Shape{{N, 5, 7}});
  CHECK(broadcast(Shape{}, Shape{{N, T}}) == Shape{{N, T}});
  CHECK(broadcast(Shape{{1, 3}}, Shape{{N, 1}}) == Shape{{N, 3}});
  CHECK(broadcast(Shape{{N, 5}}, Shape{{4}}) == std::nullopt);
  CHECK(broadcast(Shape{{N, T}}, Shape{{N, T - 1}}) == std::nullopt);
}

TEST_CASE("every element type is found by its name") {
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8, DType::i16, DType::i32,
                            DType::i64, DType::u8, DType::boolean}) {
    CHECK(kdlc::dtype_from_name(kdlc::name_of(dtype)) == dtype);
  }
  CHECK(kdlc::dtype_from_name("float32") == std::nullopt);
  CHECK_FALSE(kdlc::is_integer(DType::boolean));
}
