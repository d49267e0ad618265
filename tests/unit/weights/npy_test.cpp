// .npy files: those that NumPy wrote are read, written ones are read back, and hostile headers are refused.
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "weight_files.hpp"
#include "weights/npy_header.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

std::string npy_bytes(const std::string& header, const std::string& data) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  return bytes + header + data;
}

std::string problem_of(const std::string& bytes) {
  const TemporaryFolder folder;
  Report report;
  const std::string path = folder.write("x.npy", bytes);
  const auto data = weights::read_npy(path, report);
  CHECK(data.has_value() == !report.has_errors());
  std::string text = text_of(report);
  const std::string start = "K651 the data file `" + path + "` cannot be used: ";
  return text.starts_with(start) ? text.substr(start.size()) : text;
}

std::optional<TensorData> read(const std::string& bytes) {
  const TemporaryFolder folder;
  Report report;
  return weights::read_npy(folder.write("x.npy", bytes), report);
}

std::string header_of(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

}  // namespace

TEST_CASE("arrays come back as they were written, in a form that NumPy reads") {
  const TemporaryFolder folder;
  for (const DType dtype :
       {DType::f16, DType::f32, DType::f64, DType::i8, DType::i16, DType::i32, DType::i64, DType::u8, DType::boolean}) {
    for (const std::vector<std::int64_t>& shape : std::vector<std::vector<std::int64_t>>{{}, {3}, {2, 3}, {2, 0, 3}}) {
      TensorData data = TensorData::zeros(dtype, shape);
      for (std::int64_t index = 0; index < data.element_count(); ++index) {
        data.set(index, static_cast<double>(index));
      }
      Report report;
      REQUIRE(weights::write_npy(folder.file("x.npy"), data, report));
      CHECK(weights::read_npy(folder.file("x.npy"), report) == data);
      CHECK(std::filesystem::file_size(folder.file("x.npy")) == 128 + data.bytes.size());
    }
  }
}

TEST_CASE("a header says what NumPy says") {
  CHECK(weights::npy_header_text(DType::f32, {3, 4}) == header_of("<f4", "False", "(3, 4)"));
  CHECK(weights::npy_header_text(DType::u8, {3}) == header_of("|u1", "False", "(3,)"));
  CHECK(weights::npy_header_text(DType::i64, {}) == header_of("<i8", "False", "()"));
}

TEST_CASE("Fortran order, big-endian numbers and all three versions are read") {
  const auto fortran = read(npy_bytes(header_of("<f4", "True", "(2, 3)"), bytes_of({1, 4, 2, 5, 3, 6})));
  REQUIRE(fortran);
  CHECK(*fortran == TensorData::from_floats({2, 3}, {1, 2, 3, 4, 5, 6}));
  const auto big = read(npy_bytes(header_of(">i2", "False", "(2,)"), std::string("\x00\x01\x01\x00", 4)));
  REQUIRE(big);
  CHECK(big->at(0) == 1);
  CHECK(big->at(1) == 256);
  const std::string header = header_of("<f4", "False", "(1,)");
  for (const char version : {'\x02', '\x03'}) {
    std::string bytes = std::string("\x93NUMPY") + version + std::string(1, '\0') + static_cast<char>(header.size()) +
                        std::string(3, '\0');
    CHECK(read(bytes + header + bytes_of({7})) == TensorData::from_floats({1}, {7}));
  }
}

TEST_CASE("headers that lie are refused") {
  const std::string data = bytes_of({1, 2});
  CHECK(problem_of("") == "it does not begin as a .npy file does\n");
  CHECK(problem_of("\x93NUMPY") == "it does not begin as a .npy file does\n");
  CHECK(problem_of("PK\x03\x04 a zip archive") == "it does not begin as a .npy file does\n");
  CHECK(problem_of(std::string("\x93NUMPY\x09\x00\x00\x00", 10)) == "its version 9.0 is none of 1.0, 2.0 and 3.0\n");
  CHECK(problem_of(std::string("\x93NUMPY\x01\x00\xff\xff", 10)) ==
        "its header claims 65535 bytes, but the file has 10: it is cut short\n");
  CHECK(problem_of(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)) ==
        "its header claims 4294967295 bytes, but the file has 12: it is cut short\n");
  CHECK(problem_of(npy_bytes(header_of("<f4", "False", "(3,)"), data)) ==
        "its shape 3 needs 12 bytes of numbers, but 8 follow the header\n");
  CHECK(problem_of(npy_bytes(header_of("<f4", "False", "(1,)"), data)) ==
        "its shape 1 needs 4 bytes of numbers, but 8 follow the header\n");
  CHECK(problem_of(npy_bytes(header_of("<f4", "False", "(99999999999999999999999,)"), data)) ==
        "its header has a size beyond all memory\n");
  CHECK(problem_of(npy_bytes(header_of("<f8", "False", "(4294967296, 4294967296)"), data)) ==
        "its shape is beyond all memory\n");
  CHECK(problem_of(npy_bytes(header_of("|O", "False", "(2,)"), data)) ==
        "it holds Python objects, which are never loaded\n");
  CHECK(problem_of(npy_bytes(header_of("<c8", "False", "(1,)"), data)) ==
        "it holds elements of type `<c8`, for which kdl has none\n");
  CHECK(problem_of(npy_bytes("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", data)) ==
        "it holds records, not one array of numbers\n");
  CHECK(problem_of(npy_bytes("{'descr': '<f4', 'shape': (2,)}", data)) ==
        "its header lacks one of descr, fortran_order and shape\n");
  CHECK(problem_of(npy_bytes("{'descr': '<f4', 'descr': '<f4'}", data)) ==
        "its header has an unknown key, or one twice\n");
  CHECK(problem_of(npy_bytes(header_of("<f4", "False", "(-2,)"), data))
            .starts_with("its header does not read on at character"));
  CHECK(problem_of(npy_bytes(header_of("<f4", "Maybe", "(2,)"), data))
            .starts_with("its header does not read on at character"));
  CHECK(problem_of(npy_bytes(header_of("<f4", "False", "(2,)") + "x", data))
            .starts_with("its header does not read on at character"));
}

TEST_CASE("every cut and changed byte of a sound file is read or refused, never more") {
  const std::string sound = npy_bytes(header_of("<f4", "False", "(2,)"), bytes_of({1, 2}));
  for (std::size_t length = 0; length < sound.size(); ++length) {
    CHECK_FALSE(read(sound.substr(0, length)));
  }
  for (std::size_t place = 0; place < sound.size(); ++place) {
    for (const char change : {'\x00', '\xff', '\'', '9', '(', ')', ','}) {
      std::string bytes = sound;
      bytes[place] = change;
      problem_of(bytes);
    }
  }
}

TEST_CASE("files that cannot be opened or written are told, and nothing is left behind") {
  const TemporaryFolder folder;
  Report report;
  CHECK_FALSE(weights::read_npy(folder.file("none.npy"), report));
  CHECK_FALSE(weights::write_npy(folder.file("no/x.npy"), TensorData::zeros(DType::f32, {1}), report));
  CHECK_FALSE(weights::write_npy(folder.file(""), TensorData::zeros(DType::f32, {1}), report));
  CHECK(report.messages()[0].kind->code == "K650");
  CHECK(report.messages()[1].kind->code == "K652");
  CHECK(report.messages()[2].kind->code == "K652");
  CHECK(std::filesystem::is_empty(folder.file("")));
}
