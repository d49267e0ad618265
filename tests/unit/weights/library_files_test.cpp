// Files written by NumPy and by the safetensors library (tests/oracle/weight_files.py) hold the numbers that these put
// in.
#include <cmath>

#include "catch.hpp"
#include "weight_files.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

std::string library_file(const std::string& name) {
  return std::string(KDLC_TESTS_FOLDER) + "/unit/weights/files/" + name;
}

TensorData read(const std::string& name) {
  Report report;
  const auto data = weights::read_npy(library_file(name), report);
  INFO(text_of(report));
  REQUIRE(data);
  return *data;
}

}  // namespace

TEST_CASE("NumPy's files: orders of bytes and axes, scalars, truth values, halves, nothing at all, version 2") {
  const TensorData fortran = read("fortran_big_endian.npy");
  CHECK(fortran.shape == std::vector<std::int64_t>{2, 3, 4});
  for (std::int64_t index = 0; index < 24; ++index) {
    CHECK(fortran.at(index) == static_cast<double>(index));
  }
  const TensorData scalar = read("scalar.npy");
  CHECK(scalar.shape.empty());
  CHECK(scalar.dtype == DType::i64);
  CHECK(scalar.at(0) == -7);
  CHECK(read("truth.npy").bytes == std::vector<std::byte>{std::byte{1}, std::byte{0}});
  CHECK(read("empty.npy").shape == std::vector<std::int64_t>{0, 3});
  const TensorData half = read("half.npy");
  CHECK(half.at(0) == 0.0999755859375);
  CHECK(half.at(1) == -65504);
  CHECK(half.at(2) == 0x1p-24);
  CHECK(std::isinf(half.at(3)));
  CHECK(read("version_2.npy").at(2) == 2);
}

TEST_CASE("what is written equals what NumPy writes, byte for byte") {
  const TemporaryFolder folder;
  for (const char* name : {"scalar.npy", "truth.npy", "empty.npy", "half.npy"}) {
    INFO(name);
    Report report;
    REQUIRE(weights::write_npy(folder.file("x.npy"), read(name), report));
    CHECK(contents_of(folder.file("x.npy")) == contents_of(library_file(name)));
  }
}

TEST_CASE("a file of the safetensors library fills a model") {
  const graph::Graph graph = graph_of({{"fc.kernel", {2, 3}}, {"fc.bias", {3}}});
  Report report;
  const auto tensors = weights::load_weights(graph, library_file("dense.safetensors"), {.surplus_allow = true}, report);
  REQUIRE(tensors);
  for (std::int64_t index = 0; index < 6; ++index) {
    CHECK((*tensors)[0].at(index) == static_cast<double>(static_cast<float>(index) / 7.0F));
  }
  CHECK((*tensors)[1].at(0) == 0.0999755859375);
  CHECK(report.size() == 1);  // K612: one weight is widened
}
