// .npz files: zip archives of .npy files, as numpy.savez writes them. Nothing in them is believed: an entry says how
// long it is, and may say so to fill the memory; names may repeat; contents are checked against their sums when they
// are read.
#include "weights/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "weights/npy_array.hpp"
#include "weights/weights.hpp"

namespace kdlc::weights {
namespace {

using Arrays = std::map<std::string, TensorData>;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

/// Deflate makes at most 1,032 bytes of one: what claims more is no honest entry.
constexpr std::uint64_t kMostExpansion = 1032;
constexpr zip_int64_t kMostEntries = 1 << 20;
constexpr std::string_view kEnding = ".npy";

Archive open_archive(const std::string& path, std::string& problem) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    problem = fmt::format("it is no sound .npz file: {}", zip_error_strerror(&error));
    zip_error_fini(&error);
  }
  return archive;
}

/// The bytes of an entry; nullopt with the reason.
std::optional<std::vector<std::byte>> read_entry(zip_t* archive, zip_uint64_t index, const zip_stat_t& facts,
                                                 std::string& problem) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  constexpr std::uint64_t kSlack = 64;
  if ((facts.valid & kNeeded) != kNeeded || facts.size > facts.comp_size * kMostExpansion + kSlack) {
    problem = fmt::format("claims {} bytes, which its {} bytes cannot hold", facts.size, facts.comp_size);
    return std::nullopt;
  }
  const Entry entry(zip_fopen_index(archive, index, 0));
  if (entry == nullptr) {
    problem = fmt::format("cannot be opened: {}", zip_strerror(archive));
    return std::nullopt;
  }
  std::vector<std::byte> bytes(facts.size);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const zip_int64_t count = zip_fread(entry.get(), bytes.data() + done, bytes.size() - done);
    if (count <= 0) {
      problem = fmt::format("is damaged: {}", zip_file_strerror(entry.get()));
      return std::nullopt;
    }
    done += static_cast<std::size_t>(count);
  }
  // The sum is compared when the end has been read.
  std::byte beyond{};
  if (zip_fread(entry.get(), &beyond, 1) != 0) {
    problem = "is damaged: its sum or length is wrong";
    return std::nullopt;
  }
  return bytes;
}

std::optional<Arrays> read_arrays(const std::string& path, std::string& problem) {
  const Archive archive = open_archive(path, problem);
  if (archive == nullptr) {
    return std::nullopt;
  }
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count > kMostEntries) {
    problem = fmt::format("it has {} entries", count);
    return std::nullopt;
  }
  Arrays arrays;
  for (zip_uint64_t index = 0; index < static_cast<zip_uint64_t>(count); ++index) {
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (zip_stat_index(archive.get(), index, 0, &facts) != 0 || (facts.valid & ZIP_STAT_NAME) == 0) {
      problem = fmt::format("its entry {} cannot be read", index);
      return std::nullopt;
    }
    const std::string name = facts.name;
    if (!name.ends_with(kEnding)) {
      problem = fmt::format("its entry `{}` is no .npy file", printable_key(name));
      return std::nullopt;
    }
    const std::string key = name.substr(0, name.size() - kEnding.size());
    std::string reason;
    std::optional<std::vector<std::byte>> bytes = read_entry(archive.get(), index, facts, reason);
    std::optional<TensorData> data =
        bytes ? read_npy_array(InputFile::of_bytes(std::move(*bytes)), reason) : std::nullopt;
    if (!data) {
      problem = fmt::format("its entry `{}`: {}", printable_key(name), reason);
      return std::nullopt;
    }
    if (!arrays.emplace(key, std::move(*data)).second) {
      problem = fmt::format("it has two entries `{}`", printable_key(name));
      return std::nullopt;
    }
  }
  return arrays;
}

}  // namespace

bool is_npz(const std::string& path) {
  std::string problem;
  const std::optional<InputFile> file = InputFile::open(path, problem);
  std::array<std::byte, 4> start{};
  return file && file->read(0, start) && std::memcmp(start.data(), "PK", 2) == 0;
}

std::optional<Arrays> read_npz(const std::string& path, Report& report) {
  std::string problem;
  if (!InputFile::open(path, problem)) {
    report.add(Span{}, diag::DataFileMissing, path, problem);
    return std::nullopt;
  }
  std::optional<Arrays> arrays = read_arrays(path, problem);
  if (!arrays) {
    report.add(Span{}, diag::DataFileDamaged, path, problem);
  }
  return arrays;
}

std::optional<TensorData> read_data(const std::string& path, const std::string& name, Report& report) {
  if (!is_npz(path)) {
    return read_npy(path, report);
  }
  std::optional<Arrays> arrays = read_npz(path, report);
  if (!arrays) {
    return std::nullopt;
  }
  const auto found = arrays->find(name);
  if (found == arrays->end()) {
    std::string list;
    for (const auto& [key, data] : *arrays) {
      list += fmt::format("{}`{}`", list.empty() ? "" : ", ", printable_key(key));
    }
    report.add(Span{}, diag::DataFileDamaged, path,
               fmt::format("it has no array `{}`, but {}", name, list.empty() ? "none at all" : list));
    return std::nullopt;
  }
  return std::move(found->second);
}

std::optional<TensorFile> open_npz(const std::string& path, const Span& span, Report& report) {
  std::string problem;
  const std::optional<Arrays> arrays = read_arrays(path, problem);
  if (!arrays) {
    report.add(span, diag::WeightsFileDamaged, path, problem);
    return std::nullopt;
  }
  std::vector<std::byte> bytes;
  std::vector<FileTensor> tensors;
  for (const auto& [key, data] : *arrays) {
    tensors.push_back({.key = key,
                       .dtype_text = std::string(name_of(data.dtype)),
                       .dtype = data.dtype,
                       .shape = data.shape,
                       .offset_bytes = bytes.size(),
                       .size_bytes = data.bytes.size()});
    bytes.insert(bytes.end(), data.bytes.begin(), data.bytes.end());
  }
  return TensorFile{path, InputFile::of_bytes(std::move(bytes)), std::move(tensors)};
}

}  // namespace kdlc::weights
