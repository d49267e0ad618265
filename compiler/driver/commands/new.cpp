// kdlc new: a first model that compiles, tests itself and can be trained.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "diagnostics/kinds.hpp"
#include "driver/commands/commands.hpp"
#include "driver/result_file.hpp"

namespace kdlc::driver {

namespace {

constexpr std::string_view kFirstModel = R"(kdl 1

/// Tells the kind of an iris from four measures of its flower.
model @NAME@(hidden: int = 16) {
  /// Sepal length, sepal width, petal length, petal width, in centimetres.
  input flower: f32[N, 4]

  /// The probability of each of three kinds.
  output kinds: f32[N, 3] = flower
    -> dense(hidden, relu) as hidden1
    -> dense(hidden, relu) as hidden2
    -> dense(3, softmax)   as scores

  // weights "@STEM@.safetensors"  // once there are some

  train {
    target kind: i32[N] in 0..3
    loss sparse_categorical_crossentropy(kinds, kind)
    metric accuracy(kinds, kind)
    optimizer adam(lr: 1e-3)
  }

  test "probabilities add up to one" {
    N = 5
    weights random(seed: 2)
    flower = random(seed: 1)
    expect sum(kinds, axis: 1) ~= 1
    expect kinds >= 0
  }
}
)";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t place = text.find(from); place != std::string::npos; place = text.find(from, place + to.size())) {
    text.replace(place, from.size(), to);
  }
  return text;
}

/// `my-net` → `MyNet`: a name of the language, in CamelCase.
std::string model_name(const std::string& stem) {
  std::string name;
  bool is_start = true;
  for (const char letter : stem) {
    const bool is_word = std::isalnum(static_cast<unsigned char>(letter)) != 0;
    if (is_word) {
      name += is_start ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
    }
    is_start = !is_word;
  }
  const bool needs_start = name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0;
  return needs_start ? "Model" + name : name;
}

}  // namespace

ExitCode run_new(Session& session) {
  const std::string given = session.arguments.files.empty() ? "model" : session.arguments.files.front();
  const std::string path = given.ends_with(".kdl") ? given : given + ".kdl";
  const std::string stem = named_after(path, "");
  session.enter("writing", path);
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) {
    session.report.add(Span{}, diag::FileExists, path).help("`kdlc new OTHER` writes another file");
    return session.finish();
  }
  const std::string text = replaced(replaced(std::string(kFirstModel), "@NAME@", model_name(stem)), "@STEM@", stem);
  if (write_result(path, text, session)) {
    session.console.print("wrote " + path + ". Next:\n\n  kdlc check " + path +
                          "                       # is it right?\n  kdlc summary " + path +
                          "                     # its layers and weights\n  kdlc test " + path +
                          "                        # what it promises about itself\n  kdlc build " + path +
                          " --weights random:1     # an executable: ./" + stem + " --help\n");
  }
  return session.finish();
}

}  // namespace kdlc::driver
