// The digit classifiers of examples/, from .kdl to classified images, for every processor level, equal to Keras.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "diagnostics/diagnostics.hpp"
#include "weights/weights.hpp"

using namespace kdlc;

namespace {

const std::filesystem::path kDigits = std::filesystem::path(KDLC_PROJECT_FOLDER) / "examples" / "digits";

/// A folder of this process's own, removed at the end.
class Workplace {
public:
  Workplace() : folder_(std::filesystem::temp_directory_path() / ("kdlc-digits-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Workplace() { std::filesystem::remove_all(folder_); }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

private:
  std::filesystem::path folder_;
};

TensorData load(const std::string& path) {
  Report report;
  const std::optional<TensorData> data = weights::read_npy(path, report);
  REQUIRE(data.has_value());
  return *data;
}

void run(const std::string& command) {
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

/// Builds the executable, classifies all held-out images with it, and compares every probability with Keras'.
void check_model(const std::string& model, const std::string& options, const std::string& emulator) {
  const Workplace workplace;
  const std::string executable = workplace.path(model);
  run(std::string(KDLC_BINARY) + " build " + (kDigits / (model + ".kdl")).string() + " " + options + " -o " +
      executable);
  run(emulator + executable + " --image " + (kDigits / "images.npy").string() +
      " --output probs=" + workplace.path("probs.npy") + " > " + workplace.path("text"));
  const TensorData actual = load(workplace.path("probs.npy"));
  const TensorData expected = load((kDigits / (model + "_keras.npy")).string());
  REQUIRE(actual.shape == expected.shape);
  double worst = 0;
  for (std::int64_t index = 0; index < expected.element_count(); ++index) {
    worst = std::max(worst, std::abs(actual.at(index) - expected.at(index)));
  }
  CHECK(worst < 1e-5);
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Whether code for this level runs here: its features are a subset of this processor's.
bool runs_here(const std::string& cpu) {
  const std::string flags = " " + read_text("/proc/cpuinfo");
  const auto has = [&](const std::string& flag) { return flags.find(" " + flag + " ") != std::string::npos; };
  if (cpu == "x86-64-v4") {
    return has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl");
  }
  return cpu != "x86-64-v3" || (has("avx2") && has("fma"));
}

}  // namespace

TEST_CASE("the digit classifiers equal Keras on every x86-64 level") {
#if !defined(__x86_64__)
  WARN("not on this machine: x86-64");
#else
  for (const std::string model : {"mlp", "conv"}) {
    for (const std::string cpu : {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "native"}) {
      if (!runs_here(cpu)) {
        WARN("not on this machine: " << cpu);
        continue;
      }
      INFO(model << " for " << cpu);
      check_model(model, "--cpu " + cpu, "");
      check_model(model, "--strict --cpu " + cpu, "");
    }
  }
#endif
}

TEST_CASE("the digit classifiers equal Keras on aarch64, under an emulator") {
  if (std::system("command -v qemu-aarch64 > /dev/null && command -v aarch64-linux-gnu-gcc > /dev/null") != 0) {
    WARN("not on this machine: qemu-aarch64 and a C library for aarch64");
    return;
  }
  for (const std::string model : {"mlp", "conv"}) {
    INFO(model);
    check_model(model, "--target aarch64-linux-gnu", "qemu-aarch64 ");
  }
}
