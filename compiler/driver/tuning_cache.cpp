// The file in which measured choices are kept: one a line, sorted, for any number of machines.
#include "driver/tuning_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "driver/files.hpp"
#include "driver/result_file.hpp"

namespace kdlc::driver {

namespace {

constexpr std::string_view kHeader = "kdlc choices 1";
constexpr std::string_view kBar = " | ";

/// Keeps other processes out while it lives. It locks a file beside the one that it guards, as that is replaced.
class FileLock {
public:
  explicit FileLock(const std::string& path)
      : number_(open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    while (number_ >= 0 && flock(number_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FileLock() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

private:
  int number_;
};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t bar = line.find(kBar); bar != std::string_view::npos; bar = line.find(kBar)) {
    fields.push_back(line.substr(0, bar));
    line.remove_prefix(bar + kBar.size());
  }
  fields.push_back(line);
  return fields;
}

/// Adds the entry of a line; false when it is none.
bool add_entry(std::string_view line, TuningEntries& entries) {
  const std::vector<std::string_view> fields = split(line);
  if (fields.size() != 4 || fields[0].empty() || fields[1].empty()) {
    return false;
  }
  const std::optional<plan::KernelChoice> choice = plan::parse_choice(fields[2]);
  double gain = 0;
  const auto [end, error] = std::from_chars(fields[3].data(), fields[3].data() + fields[3].size(), gain);
  if (!choice || error != std::errc() || end != fields[3].data() + fields[3].size() || !(gain >= 0 && gain <= 1)) {
    return false;
  }
  entries[{std::string(fields[0]), std::string(fields[1])}] = {*choice, gain};
  return true;
}

}  // namespace

std::string machine_text(const std::string& processor, const plan::Machine& machine) {
  return fmt::format("{}, {} registers of {} bytes{}{}, caches {} {} {}, kernels {}", processor,
                     machine.vector_registers, machine.vector_bytes,
                     machine.has_fma ? fmt::format(" {} fma", machine.multiply_adds_a_cycle) : "",
                     machine.has_masks ? " masks" : "", machine.l1_bytes, machine.l2_bytes, machine.l3_share_bytes,
                     plan::kKernelsVersion);
}

std::string tuning_text(const TuningEntries& entries) {
  std::string text = std::string(kHeader) + "\n";
  for (const auto& [place, measured] : entries) {
    text += fmt::format("{} | {} | {} | {:.3f}\n", place.first, place.second, plan::text_of(measured.choice),
                        measured.gain);
  }
  return text;
}

std::optional<TuningEntries> parse_tuning(const std::string& path, const std::string& text, Session& session) {
  TuningEntries entries;
  const SourceId source = session.sources.add(path, text);
  const SourceFile& file = session.sources.file(source);
  for (std::uint32_t number = 1; number <= file.line_count(); ++number) {
    const std::string_view line = file.line(number);
    const bool is_end = number == file.line_count() && line.empty() && number > 1;
    if (is_end || (number == 1 ? line == kHeader : add_entry(line, entries))) {
      continue;
    }
    const std::uint32_t begin = file.line_start(number);
    session.report
        .add(Span{source, begin, begin + static_cast<std::uint32_t>(line.size())}, diag::TuningFile,
             number == 1 ? "`" + std::string(kHeader) + "`" : "machine, question, choice and gain between bars")
        .help("name another file by `--tune-cache FILE`, or remove this one: `--tune` writes it anew");
    return std::nullopt;
  }
  return entries;
}

std::optional<std::string> tuning_path(Session& session) {
  if (!session.arguments.tune_cache.empty()) {
    return session.arguments.tune_cache;
  }
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') {
    return std::string(cache) + "/kdlc/choices";
  }
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') {
    return std::string(home) + "/.cache/kdlc/choices";
  }
  session.report
      .add(Span{}, diag::OutputFile, "kdlc/choices", "neither `XDG_CACHE_HOME` nor `HOME` names a folder for it")
      .help("`--tune-cache FILE` names the file");
  return std::nullopt;
}

std::optional<plan::MeasuredChoices> read_tuning(const std::string& path, const std::string& machine,
                                                 bool may_be_missing, Session& session) {
  std::error_code error;
  if (may_be_missing && !std::filesystem::exists(path, error)) {
    return plan::MeasuredChoices{};
  }
  const FileContents contents = read_file(path);
  if (!contents.found) {
    session.report.add(Span{}, diag::FileUnreadable, path, contents.error).help("`--tune` measures and writes it");
    return std::nullopt;
  }
  const std::optional<TuningEntries> entries = parse_tuning(path, contents.bytes, session);
  if (!entries) {
    return std::nullopt;
  }
  plan::MeasuredChoices choices;
  for (const auto& [place, measured] : *entries) {
    if (place.first == machine) {
      choices.by_question.emplace(place.second, measured);
    }
  }
  return choices;
}

bool add_tuning(const std::string& path, const std::string& machine, const plan::MeasuredChoices& choices,
                Session& session) {
  std::error_code ignored;  // what is missing then shows when the file is opened
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
    std::filesystem::create_directories(folder, ignored);
  }
  const FileLock lock(path);
  if (!lock.is_open()) {
    session.report.add(Span{}, diag::OutputFile, path + ".lock", std::strerror(errno));
    return false;
  }
  TuningEntries entries;
  if (std::filesystem::exists(path, ignored)) {
    const FileContents contents = read_file(path);
    std::optional<TuningEntries> before = parse_tuning(path, contents.bytes, session);
    if (!before) {
      return false;
    }
    entries = std::move(*before);
  }
  for (const auto& [question, measured] : choices.by_question) {
    entries[{machine, question}] = measured;
  }
  return write_result(path, tuning_text(entries), session);
}

}  // namespace kdlc::driver
