// The main of executables: every format of input and output, what is printed, and every mistake of a caller.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "kdlc_abi.h"
#include "weights/weight_files.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

struct Ran {
  int exit_code = 0;
  std::string output;
  std::string errors;
};

Ran run(const TemporaryFolder& folder, const std::string& program, std::vector<std::string> arguments,
        const std::string& input = "") {
  const std::string input_path = folder.write("stdin", input);
  const std::string output_path = folder.file("stdout");
  const std::string error_path = folder.file("stderr");
  std::vector<char*> pointers = {const_cast<char*>("model")};
  for (std::string& argument : arguments) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    ::dup2(::open(input_path.c_str(), O_RDONLY), 0);
    ::dup2(::open(output_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    ::dup2(::open(error_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    // What the program leaves to the system at its end is no leak.
    ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    ::execv(program.c_str(), pointers.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  Ran ran{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents_of(output_path),
          contents_of(error_path)};
  for (std::string* text : {&ran.output, &ran.errors}) {
    const std::string prefix = folder.file("");
    for (std::size_t place = text->find(prefix); place != std::string::npos; place = text->find(prefix)) {
      text->erase(place, prefix.size());
    }
  }
  return ran;
}

const std::string kShare = KDLC_RUNTIME_SHARE;
const std::string kCount = KDLC_RUNTIME_COUNT;

std::string npy(const TemporaryFolder& folder, const std::string& name, DType dtype, std::vector<std::int64_t> shape,
                const std::vector<double>& values) {
  TensorData data = TensorData::zeros(dtype, std::move(shape));
  for (std::size_t index = 0; index < values.size(); ++index) {
    data.set(static_cast<std::int64_t>(index), values[index]);
  }
  Report report;
  REQUIRE(weights::write_npy(folder.file(name), data, report));
  return folder.file(name);
}

void check_fails(const Ran& ran, int exit_code, const std::string& words) {
  CHECK(ran.exit_code == exit_code);
  CHECK(ran.errors == "model: " + words + "\n");
  CHECK(ran.output.empty());
}

const std::string kTwoSamples =
    "sample 0: probs = class 3 (40.00 %)\nsample 0: total = 10\n"
    "sample 1: probs = class 0 (100.00 %)\nsample 1: total = 5\n";

bool contains_states(const std::string& help) {
  return help.find("\nstates\n  sample i goes on where sample i - 2 ended; the first 2 begin fresh\n") !=
         std::string::npos;
}

/// A packed file for the count model: factor 2.
std::string packed(std::uint64_t hash = 42, std::uint64_t checksum = 1) {
  kdlc_packed_header header{};
  std::memcpy(header.magic, "KDLCPACK", 8);
  header.version = 1;
  header.hash = hash;
  header.bytes = 8;
  header.checksum = checksum;
  const double factor = 2;
  std::string bytes(sizeof header + sizeof factor, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &factor, sizeof factor);
  return bytes;
}

}  // namespace

TEST_CASE("one sample is read from .npy in any fitting shape") {
  const TemporaryFolder folder;
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{2, 2}, {1, 2, 2, 1}, {2, 2, 1}, {1, 1, 2, 2}}) {
    const Ran ran = run(folder, kShare, {npy(folder, "x.npy", DType::f32, shape, {1, 2, 3, 4})});
    CHECK(ran.exit_code == 0);
    CHECK(ran.output == "probs = class 3 (40.00 %)\ntotal = 10\n");
    CHECK(ran.errors.empty());
  }
}

TEST_CASE("many samples are numbered, whatever the chunk") {
  const TemporaryFolder folder;
  const std::string path = npy(folder, "x.npy", DType::f32, {2, 2, 2, 1}, {1, 2, 3, 4, 5, 0, 0, 0});
  CHECK(run(folder, kShare, {"--image", path}).output == kTwoSamples);
  CHECK(run(folder, kShare, {"--image=" + path}).output == kTwoSamples);
  CHECK(run(folder, kShare, {"--input", "image=" + path}).output == kTwoSamples);
  CHECK(run(folder, kShare, {npy(folder, "n.npy", DType::f32, {0, 2, 2, 1}, {})}).output.empty());
  std::vector<double> many(4 * 131, 1);
  const Ran ran = run(folder, kShare,
                      {npy(folder, "m.npy", DType::f32, {131, 2, 2, 1}, many), "--output=total=" + folder.file("t.npy"),
                       "--output", "probs=" + folder.file("p.bin")});
  CHECK(ran.exit_code == 0);
  CHECK(ran.output.empty());
  Report report;
  const auto total = weights::read_npy(folder.file("t.npy"), report);
  REQUIRE(total);
  CHECK(total->shape == std::vector<std::int64_t>{131});
  CHECK(total->at(130) == 4);
  CHECK(contents_of(folder.file("p.bin")) == bytes_of(std::vector<float>(4 * 131, 0.25F)));
}

TEST_CASE("every element type of NumPy serves a float input") {
  const TemporaryFolder folder;
  for (const DType dtype : {DType::f16, DType::f64, DType::i8, DType::i16, DType::i32, DType::i64, DType::u8}) {
    CHECK(run(folder, kShare, {npy(folder, "x.npy", dtype, {2, 2}, {1, 2, 3, 4})}).output ==
          "probs = class 3 (40.00 %)\ntotal = 10\n");
  }
}

TEST_CASE("tables: rows are samples or rows of one sample; headings, separators and line ends of every kind") {
  const TemporaryFolder folder;
  for (const char* text :
       {"1,2,3,4\n5,0,0,0\n", "a,b,c,d\r\n1,2,3,4\r\n5,0,0,0", "1;2;3;4\n\n5;0;0;0\n", "1 2  3 4\n5 0 0 0\n",
        "\xef\xbb\xbf"
        "1\t2\t3\t4\n5\t0\t0\t0\n",
        "\"1\",\"2\", 3 , 4e0\n5,0,-0,0.0\n"}) {
    INFO(text);
    CHECK(run(folder, kShare, {folder.write("x.csv", text)}).output == kTwoSamples);
  }
  CHECK(run(folder, kShare, {folder.write("x.csv", "1,2\n3,4\n")}).output == "probs = class 3 (40.00 %)\ntotal = 10\n");
  CHECK(run(folder, kShare, {"-"}, "1,2,3,4\n5,0,0,0\n").output == kTwoSamples);
}

TEST_CASE("tables that are none are refused with their line") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text, int exit_code, const std::string& words) {
    check_fails(run(folder, kShare, {folder.write("x.csv", text)}), exit_code, words);
  };
  refused("1,2,3,4\n1,2,x,4\n", 3, "`x.csv`, line 2, value 3 is no number");
  refused("1,2,3,4\n1,2,3\n", 3, "`x.csv`, line 2 has 3 values, but the lines before have 4");
  refused("1,2,3\n", 1, "`x.csv` has the shape [1, 3], but `image` is f32[n, 2, 2, 1]");
  refused("", 1, "`x.csv` holds no numbers");
  refused("a,b\n", 1, "`x.csv` holds no numbers");
  refused(std::string("1,\0", 3), 3, "`x.csv` is no text");
}

TEST_CASE("raw files hold whole samples") {
  const TemporaryFolder folder;
  CHECK(run(folder, kShare, {folder.write("x.bin", bytes_of({1, 2, 3, 4, 5, 0, 0, 0}))}).output == kTwoSamples);
  check_fails(run(folder, kShare, {folder.write("x.raw", "12345")}), 1,
              "`x.raw` has 5 bytes, but a sample of `image`, f32[n, 2, 2, 1], has 16");
}

TEST_CASE("wrong files are told apart") {
  const TemporaryFolder folder;
  check_fails(run(folder, kShare, {folder.file("no.npy")}), 3, "cannot open `no.npy`: No such file or directory");
  check_fails(run(folder, kShare, {"/tmp"}), 3, "cannot read `/tmp`: it is a folder");
  check_fails(run(folder, kShare, {folder.write("x.png", "abc")}), 2,
              "`x.png`: the ending of its name tells no format; known are .npy, .csv (.tsv, .txt) and .bin (.raw)");
  check_fails(run(folder, kShare, {npy(folder, "x.npy", DType::f32, {3, 3}, {})}), 1,
              "`x.npy` has the shape [3, 3], but `image` is f32[n, 2, 2, 1]");
  check_fails(run(folder, kShare, {folder.write("x.npy", "abc")}), 3,
              "`x.npy` is no sound .npy file: it is cut short, or of an unknown version");
}

TEST_CASE("every cut and changed byte of a .npy file is read or refused") {
  const TemporaryFolder folder;
  const std::string sound = contents_of(npy(folder, "x.npy", DType::f32, {2, 2}, {1, 2, 3, 4}));
  for (std::size_t length = 0; length < sound.size(); length += 3) {
    CHECK(run(folder, kShare, {folder.write("x.npy", sound.substr(0, length))}).exit_code == 3);
  }
  for (std::size_t place = 0; place < 80; ++place) {
    for (const char change : {'\xff', '9', '\''}) {
      std::string bytes = sound;
      bytes[place] = change;
      const int exit_code = run(folder, kShare, {folder.write("x.npy", bytes)}).exit_code;
      CHECK((exit_code == 0 || exit_code == 1 || exit_code == 3));
    }
  }
}

TEST_CASE("Fortran order and big-endian numbers are read") {
  const TemporaryFolder folder;
  const std::string header = "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 2), }";
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  for (const float value : {1.0F, 3.0F, 2.0F, 4.0F}) {
    std::string number = bytes_of({value});
    bytes.append(number.rbegin(), number.rend());
  }
  const Ran ran = run(folder, kShare, {folder.write("x.npy", bytes), "--output", "probs=" + folder.file("p.csv")});
  CHECK(ran.output == "total = 10\n");
  CHECK(contents_of(folder.file("p.csv")) == "0.100000001,0.200000003,0.300000012,0.400000006\n");
}

TEST_CASE("the command line is checked") {
  const TemporaryFolder folder;
  const std::string x = npy(folder, "x.npy", DType::f32, {2, 2}, {1, 2, 3, 4});
  check_fails(run(folder, kShare, {}), 2, "the input `image` is missing: give --image FILE; see --help");
  check_fails(run(folder, kShare, {"--imgae", x}), 2, "there is no option `--imgae`; inputs are `image`; see --help");
  check_fails(run(folder, kShare, {x, x}), 2, "`image` is given twice: `x.npy` and `x.npy`");
  check_fails(run(folder, kShare, {"--image"}), 2, "--image needs a value; see --help");
  check_fails(run(folder, kShare, {x, "--top", "0"}), 2, "--top takes a number above 0, not `0`");
  check_fails(run(folder, kShare, {x, "--output", "z=1.npy"}), 2,
              "--output takes NAME=FILE, not `z=1.npy`; the model has `probs` and `total`");
  check_fails(run(folder, kShare, {x, "--output", "probs=" + folder.file("no/x.npy")}), 3,
              "cannot write `no/x.npy`: No such file or directory");
  check_fails(run(folder, kShare, {x, "--output", "probs=p.xls"}), 2,
              "`p.xls`: the ending of its name tells no format; known are .npy, .csv (.txt) and .bin (.raw)");
  check_fails(run(folder, kCount, {x}), 2,
              "which input is `x.npy`? the model has `ids`, `scale` and `top`; write --NAME x.npy");
  check_fails(run(folder, KDLC_RUNTIME_ELSEWHERE, {x}), 3,
              "compiled for `x86_64-linux-gnu test`; this processor lacks some of its instructions: build with an "
              "older `--cpu`");
}

TEST_CASE("samples of a model with states are given to its streams, call after call") {
  const TemporaryFolder folder;
  const std::string sums = KDLC_RUNTIME_SUMS;
  const std::string path = folder.write("x.csv", "1\n20\n300\n4000\n5\n");
  CHECK(run(folder, sums, {path}).output ==
        "sample 0: y = 1\nsample 1: y = 20\nsample 2: y = 301\nsample 3: y = 4020\nsample 4: y = 306\n");
  CHECK(contains_states(run(folder, sums, {"--help"}).output));
  CHECK(run(folder, sums, {"--bench", "0.01", "--samples", "2"}).exit_code == 0);
  check_fails(run(folder, sums, {"--bench", "0.01", "--samples", "3"}), 2,
              "--bench times one call, which has at most 2 samples: one for each stream");
  CHECK_FALSE(contains_states(run(folder, kShare, {"--help"}).output));
}

TEST_CASE("--top prints the best classes in order") {
  const TemporaryFolder folder;
  CHECK(run(folder, kShare, {npy(folder, "x.npy", DType::f32, {2, 2}, {1, 4, 1, 4}), "--top", "3"}).output ==
        "probs = class 1 (40.00 %), class 3 (40.00 %), class 0 (10.00 %)\ntotal = 10\n");
}

TEST_CASE("help describes inputs, outputs and files from the descriptor") {
  const TemporaryFolder folder;
  const Ran ran = run(folder, kShare, {"--help"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.output.find(
            "Share: a neural network, compiled by kdlc\n\nWhat each pixel has of all.\n\nusage: model --image FILE "
            "[options]\n"
            "       model FILE [options]\n\ninputs (n: the number of samples)\n  --image  f32[n, 2, 2, 1]\n"
            "           Grey, 0 to 1.\n           Second line.\n\noutputs\n  probs  f32[n, 4]\n  total  f32[n]\n") ==
        0);
  CHECK(run(folder, kCount, {"-h"}).output.find("  --ids    i32[n, T] in 0..10\n") != std::string::npos);
}

TEST_CASE("--bench measures without files") {
  const TemporaryFolder folder;
  const Ran ran = run(folder, kShare, {"--bench", "0.01", "--samples", "3"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.output.find("n = 3: median ") == 0);
}

TEST_CASE("external weights, declared dims, whole numbers, truth values, and an input named as an option") {
  const TemporaryFolder folder;
  const std::string ids = npy(folder, "ids.npy", DType::i64, {2, 3}, {1, 2, 3, 4, 5, 6});
  const std::string scale = npy(folder, "scale.npy", DType::f64, {}, {0.5});
  const std::string flags = npy(folder, "flags.npy", DType::u8, {2, 2}, {0, 1, 1, 1});
  const std::string weights = folder.write("w.weights", packed());
  const auto count = [&](const std::string& ids_path, const std::string& scale_path, const std::string& flags_path,
                         const std::string& weights_path) {
    return run(folder, kCount,
               {"--ids", ids_path, "--scale", scale_path, "--input", "top=" + flags_path, "--weights", weights_path});
  };
  CHECK(count(ids, scale, flags, weights).output ==
        "sample 0: total = 6\nsample 0: flipped = true false\nsample 0: echo = 1 2 3\n"
        "sample 1: total = 15\nsample 1: flipped = false false\nsample 1: echo = 4 5 6\n");
  CHECK(count(folder.write("i.csv", "1 2 3\n4 5 6\n"), folder.write("s.csv", "0.5"),
              folder.write("f.bin", std::string("\0\1\1\1", 4)), weights)
            .exit_code == 0);

  check_fails(run(folder, kCount, {"--ids", ids}), 2,
              "the weights are not inside this executable: give --weights FILE, which `kdlc pack` makes");
  check_fails(count(ids, scale, flags, ids), 3, "`ids.npy` is no file of packed weights; `kdlc pack` makes one");
  check_fails(
      count(ids, scale, flags, folder.write("o.weights", packed(43))), 3,
      "`o.weights` holds the weights of another model, or packed for another processor than `x86_64-linux-gnu test`");
  check_fails(count(ids, scale, flags, folder.write("d.weights", packed(42, 2))), 3,
              "`d.weights` is damaged: its length or checksum is wrong");

  check_fails(count(npy(folder, "a.npy", DType::f32, {2, 3}, {}), scale, flags, weights), 1,
              "`a.npy` holds f32 numbers, but `ids` is i32");
  check_fails(count(npy(folder, "a.npy", DType::i64, {1, 1}, {3e9}), scale, flags, weights), 1,
              "`a.npy` holds 3000000000, which does not fit `ids`, i32");
  check_fails(count(npy(folder, "a.npy", DType::i32, {1, 2}, {1, 10}), scale, flags, weights), 1,
              "`a.npy` holds 10 at [0, 1], but `ids` is in 0..10");
  check_fails(count(npy(folder, "a.npy", DType::i32, {2, 5}, {}), scale, flags, weights), 1,
              "`a.npy` makes `T` 5, but the model takes at most 4");
  check_fails(count(npy(folder, "a.npy", DType::i32, {1, 2}, {}), scale, flags, weights), 1,
              "`flags.npy` has 2 samples of `top`, but another input has 1");
  check_fails(count(ids, npy(folder, "s.npy", DType::f64, {2}, {}), flags, weights), 1,
              "`s.npy` has the shape [2], but `scale` is f64[]");
  check_fails(count(ids, scale, npy(folder, "f.npy", DType::u8, {2, 2}, {0, 2, 0, 0}), weights), 1,
              "`f.npy` holds 2, which does not fit `top`, bool");
  check_fails(count(npy(folder, "a.npy", DType::i32, {2, 1}, {1, 9}), scale, flags, weights), 1,
              "the model refuses the call: an input holds an id that is outside its table (status 6)");
  check_fails(count(folder.write("i.bin", "1234"), scale, flags, weights), 2,
              "`ids` is i32[n, T], and a raw file tells no sizes: give a .npy file");
  check_fails(count(folder.write("i.csv", "1.5\n"), scale, flags, weights), 3,
              "`i.csv`, line 1, value 1 is no whole number of 64 bits");
  check_fails(count(folder.write("i.csv", "1\n2.5\n"), scale, flags, weights), 3,
              "`i.csv`, line 2, value 1 is no whole number of 64 bits");
}
