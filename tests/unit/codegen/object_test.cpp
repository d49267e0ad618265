// What every object promises, read from the object file: nothing from outside, nothing writable, a small stack, stable
// bytes.
#include <set>

#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/DataExtractor.h>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

constexpr std::uint64_t kStackLimit = 8 << 10;
constexpr std::uint64_t kGraphs = 12;

using Object = llvm::object::ELFObjectFileBase;

std::unique_ptr<llvm::object::ObjectFile> parse(const std::string& bytes) {
  auto object = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(bytes, "object"));
  REQUIRE(static_cast<bool>(object));
  return std::move(*object);
}

/// Defined symbols with external linkage; an undefined one fails.
std::set<std::string> public_symbols(const llvm::object::ObjectFile& object) {
  std::set<std::string> names;
  for (const llvm::object::SymbolRef& symbol : object.symbols()) {
    const std::string name = llvm::cantFail(symbol.getName()).str();
    const std::uint32_t flags = llvm::cantFail(symbol.getFlags());
    INFO("symbol " << name);
    REQUIRE(((flags & llvm::object::BasicSymbolRef::SF_Undefined) == 0 || name.empty()));
    if ((flags & llvm::object::BasicSymbolRef::SF_Global) != 0) {
      names.insert(name);
    }
  }
  return names;
}

/// Writable sections are empty but for `.data.rel.ro`, which the loader makes read-only; code has relocations only to
/// itself.
void check_sections(const llvm::object::ObjectFile& object) {
  for (const llvm::object::SectionRef& section : object.sections()) {
    const llvm::object::ELFSectionRef elf(section);
    const std::string name = llvm::cantFail(section.getName()).str();
    INFO("section " << name);
    const bool is_writable = (elf.getFlags() & llvm::ELF::SHF_WRITE) != 0;
    const bool is_relocated_constant = name.rfind(".data.rel.ro", 0) == 0;
    REQUIRE((!is_writable || is_relocated_constant || section.getSize() == 0));
  }
}

/// Whether the loader would have to write the relocation's target address.
bool is_absolute(const llvm::object::ObjectFile& object, std::uint64_t type) {
  switch (object.getArch()) {
    case llvm::Triple::x86_64:
      return type == llvm::ELF::R_X86_64_64 || type == llvm::ELF::R_X86_64_32 || type == llvm::ELF::R_X86_64_32S;
    case llvm::Triple::aarch64:
      return type == llvm::ELF::R_AARCH64_ABS64 || type == llvm::ELF::R_AARCH64_ABS32;
    default:  // an enumeration of LLVM's; the only other target is RISC-V
      return type == llvm::ELF::R_RISCV_64 || type == llvm::ELF::R_RISCV_32;
  }
}

/// Code and constants that stay unwritten while loading have no absolute addresses.
void check_relocations(const llvm::object::ObjectFile& object) {
  for (const llvm::object::SectionRef& section : object.sections()) {
    const auto relocated = llvm::cantFail(section.getRelocatedSection());
    if (relocated == object.section_end()) {
      continue;
    }
    const std::uint64_t flags = llvm::object::ELFSectionRef(*relocated).getFlags();
    if ((flags & llvm::ELF::SHF_ALLOC) == 0 || (flags & llvm::ELF::SHF_WRITE) != 0) {
      continue;
    }
    INFO("relocations of " << llvm::cantFail(relocated->getName()).str());
    for (const llvm::object::RelocationRef& relocation : section.relocations()) {
      REQUIRE(!is_absolute(object, relocation.getType()));
    }
  }
}

/// `.stack_sizes`: for each function its address (relocated, so 0 here) and a ULEB128 of its frame in bytes.
std::uint64_t largest_stack(const llvm::object::ObjectFile& object) {
  std::uint64_t largest = 0;
  bool is_found = false;
  for (const llvm::object::SectionRef& section : object.sections()) {
    if (llvm::cantFail(section.getName()) != ".stack_sizes") {
      continue;
    }
    const llvm::DataExtractor data(llvm::cantFail(section.getContents()), true, 8);
    std::uint64_t offset = 0;
    while (offset < section.getSize()) {
      offset += 8;
      largest = std::max(largest, data.getULEB128(&offset));
      is_found = true;
    }
  }
  REQUIRE(is_found);
  return largest;
}

std::string compile(const graph::Graph& graph, const codegen::TargetRow& row, std::uint64_t seed) {
  Report report;
  const auto target = codegen::find_target(row.triple, row.cpu, report);
  REQUIRE(target.has_value());
  const plan::Plan plan = plan::make_plan(
      passes::optimise(graph, {}),
      {.machine = target->machine, .threads = 1 + static_cast<std::int64_t>(seed % 3), .meeting_nanoseconds = 0});
  const auto weights = plan::pack_weights(plan, testing::random_parameters(graph, seed));
  const auto object = codegen::compile(plan, {.target = *target, .prefix = "m", .embedded_weights = weights}, report);
  REQUIRE(object.has_value());
  return *object;
}

TEST_CASE("objects for every target need nothing and keep their promises") {
  const std::set<std::string> expected = {"m_forward", "m_bind", "m_check_cpu", "m_embedded", "m_model", "m_abi_2"};
  for (const codegen::TargetRow& row : codegen::list_targets()) {
    for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
      const graph::Graph graph = testing::make_random_graph({.seed = seed});
      INFO(row.triple << " " << row.cpu << " seed " << seed);
      const std::string bytes = compile(graph, row, seed);
      const auto object = parse(bytes);
      REQUIRE(public_symbols(*object) == expected);
      check_sections(*object);
      check_relocations(*object);
      REQUIRE(largest_stack(*object) <= kStackLimit);
    }
  }
}

TEST_CASE("the same plan gives the same bytes") {
  const graph::Graph graph = testing::make_random_graph({.seed = 3});
  for (const codegen::TargetRow& row : codegen::list_targets()) {
    REQUIRE(compile(graph, row, 3) == compile(graph, row, 3));
  }
}

}  // namespace
}  // namespace kdlc
