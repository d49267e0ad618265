// Safetensors files that lie in every way are refused with the place of the lie; sound ones are read.
#include "weights/safetensors.hpp"

#include "catch.hpp"
#include "weight_files.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

/// What is reported for a file of these bytes.
std::string problem_of(const std::string& bytes) {
  const TemporaryFolder folder;
  Report report;
  const std::string path = folder.write("x.safetensors", bytes);
  const auto file = weights::open_safetensors(path, Span{}, report);
  CHECK(file.has_value() == !report.has_errors());
  std::string text = text_of(report);
  const std::size_t place = text.find(path);
  return place == std::string::npos ? text : text.replace(place, path.size(), "x");
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
}

void check_damaged(const std::string& bytes, const std::string& words) {
  CHECK(problem_of(bytes) == "K605 the weights file `x` is damaged: " + words + "\n");
}

}  // namespace

TEST_CASE("a sound file gives its tensors, sorted by key") {
  const TemporaryFolder folder;
  Report report;
  const auto file = weights::open_safetensors(
      folder.write("x", safetensors_of({{"b", {2, 3}, counting(6)}, {"a", {}, counting(1)}, {"e", {0, 7}, ""}})),
      Span{}, report);
  REQUIRE(file);
  REQUIRE(file->tensors.size() == 3);
  CHECK(file->tensors[0].key == "a");
  CHECK(file->tensors[0].shape.empty());
  CHECK(file->tensors[1].shape == std::vector<std::int64_t>{2, 3});
  CHECK(file->tensors[1].size_bytes == 24);
  CHECK(file->tensors[2].size_bytes == 0);
  CHECK(report.size() == 0);
}

TEST_CASE("a file of metadata alone is sound and empty") {
  CHECK(problem_of(safetensors_bytes("{\"__metadata__\":{}}", "")).empty());
  CHECK(problem_of(safetensors_bytes("{}      ", "")).empty());
}

TEST_CASE("files too short for what they claim are damaged") {
  check_damaged("", "it has 0 bytes, too few for a safetensors file");
  check_damaged("1234567", "it has 7 bytes, too few for a safetensors file");
  check_damaged(little_endian_64(100) + "{}",
                "its header claims 100 bytes, but the file has 10: it is cut short, or no safetensors file");
  check_damaged(
      little_endian_64(~std::uint64_t{0}) + "{}",
      "its header claims 18446744073709551615 bytes, but the file has 10: it is cut short, or no safetensors file");
}

TEST_CASE("headers that are no JSON object are damaged") {
  check_damaged(safetensors_bytes("{\"a\":", ""), "its header is no JSON text (at byte 14 of the file)");
  check_damaged(safetensors_bytes("[]", ""), "its header is no JSON object");
  check_damaged(safetensors_bytes("", ""), "its header is no JSON text (at byte 9 of the file)");
  check_damaged(safetensors_bytes("{\"\xff\":1}", ""), "its header is no JSON text (at byte 11 of the file)");
  check_damaged(safetensors_bytes(std::string(100000, '['), ""),
                "its header is no JSON text (at byte 100009 of the file)");
  check_damaged(safetensors_bytes("{\"a\":" + std::string(50, '[') + std::string(50, ']') + "}", ""),
                "its header is nested deeper than any safetensors header");
}

TEST_CASE("a key that stands twice is damaged") {
  const std::string one = "\"a\":" + entry("U8", "1", "0,1");
  check_damaged(safetensors_bytes("{" + one + "," + one + "}", "x"), "its header has the key `a` twice");
  check_damaged(
      safetensors_bytes("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "x"),
      "its header has the key `dtype` twice");
}

TEST_CASE("entries that do not add up are damaged") {
  const auto check_entry = [](const std::string& text, const std::string& words) {
    check_damaged(safetensors_bytes("{\"a\":" + text + "}", "12345678"), words);
  };
  check_entry("3", "`a` has not exactly the fields dtype, shape and data_offsets");
  check_entry("{\"dtype\":\"F32\"}", "`a` has not exactly the fields dtype, shape and data_offsets");
  check_entry(entry("F33", "2", "0,8"), "`a` has the unknown element type `F33`");
  check_entry(entry("F32", "-2", "0,8"), "`a` has a shape that is no list of sizes, or a size beyond 64 bits");
  check_entry(entry("F32", "2.0", "0,8"), "`a` has a shape that is no list of sizes, or a size beyond 64 bits");
  check_entry(entry("F32", "4294967296,4294967296", "0,8"),
              "`a` has a shape that is no list of sizes, or a size beyond 64 bits");
  check_entry(entry("F32", "99999999999999999999", "0,8"),
              "`a` has a shape that is no list of sizes, or a size beyond 64 bits");
  check_entry(entry("F32", "2", "0"), "`a` has data_offsets that are not two numbers");
  check_entry(entry("F32", "2", "0,9"), "`a` stands at bytes 0 to 9 of 8 bytes of data");
  check_entry(entry("F32", "2", "8,0"), "`a` stands at bytes 8 to 0 of 8 bytes of data");
  check_entry(entry("F32", "1", "0,8"), "`a` takes 8 bytes, but its shape and element type need 4");
}

TEST_CASE("overlaps, holes and bytes behind the end are damaged") {
  const auto two = [](const std::string& first, const std::string& second) {
    return safetensors_bytes("{\"a\":" + entry("U8", "4", first) + ",\"b\":" + entry("U8", "4", second) + "}",
                             "123456789");
  };
  check_damaged(two("0,4", "2,6"), "`b` overlaps the tensor before it at byte 2 of the data");
  check_damaged(two("0,4", "5,9"), "bytes 4 to 5 of the data, before `b`, belong to no tensor");
  check_damaged(two("1,5", "5,9"), "bytes 0 to 1 of the data, before `a`, belong to no tensor");
  check_damaged(two("0,4", "4,8"), "1 bytes behind the last tensor belong to nothing");
}

TEST_CASE("a file that is not there, and a folder, are missing") {
  Report report;
  CHECK_FALSE(weights::open_safetensors("/nowhere/x.safetensors", Span{}, report));
  CHECK_FALSE(weights::open_safetensors("/tmp", Span{}, report));
  CHECK(text_of(report) ==
        "K600 the weights file `/nowhere/x.safetensors` cannot be opened: No such file or directory\n"
        "K600 the weights file `/tmp` cannot be opened: it is a folder\n");
}

TEST_CASE("every cut and every changed byte of a sound file is read or refused, never more") {
  const std::string sound = safetensors_of({{"a.kernel", {2, 3}, counting(6)}, {"a.bias", {3}, counting(3)}});
  const TemporaryFolder folder;
  for (std::size_t length = 0; length < sound.size(); ++length) {
    Report report;
    CHECK_FALSE(weights::open_safetensors(folder.write("x", sound.substr(0, length)), Span{}, report));
  }
  for (std::size_t place = 0; place < sound.size(); ++place) {
    for (const char change : {'\x00', '\xff', '"', '9', '{'}) {
      std::string bytes = sound;
      bytes[place] = change;
      Report report;
      const auto file = weights::open_safetensors(folder.write("x", bytes), Span{}, report);
      CHECK(file.has_value() == !report.has_errors());
    }
  }
}

TEST_CASE("keys are cut and cleaned for messages") {
  CHECK(weights::printable_key("a\nb`c") == "a?b?c");
  CHECK(weights::printable_key(std::string(200, 'x')) == std::string(100, 'x') + "…");
  CHECK(weights::printable_key(std::string(99, 'x') + "éé") == std::string(99, 'x') + "…");
}
