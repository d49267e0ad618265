// An object loaded into this process: linked in memory, without a linker and without files.
#include <kdlc_abi.h>
#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBuffer.h>

#include "diagnostics/kinds.hpp"
#include "link/link.hpp"
#include "support/assert.hpp"

namespace kdlc::link {
namespace {

void report_failure(Report& report, llvm::Error error) {
  report.add({}, diag::ObjectNotLoadable, llvm::toString(std::move(error)))
      .note("this is a mistake of kdlc, or the object is of another machine");
}

/// The linker in memory takes objects of any architecture; running one is another matter.
llvm::Error check_architecture(llvm::MemoryBufferRef bytes, const llvm::Triple& process) {
  auto object = llvm::object::ObjectFile::createObjectFile(bytes);
  if (!object) {
    return object.takeError();
  }
  if ((*object)->getArch() != process.getArch()) {
    return llvm::createStringError("an object of " + llvm::Triple::getArchTypeName((*object)->getArch()) + " on " +
                                   process.getArchName());
  }
  return llvm::Error::success();
}

/// Moves the value out, or reports why there is none.
template <class T>
std::optional<T> value_or_report(llvm::Expected<T> expected, Report& report) {
  if (!expected) {
    report_failure(report, expected.takeError());
    return std::nullopt;
  }
  return std::move(*expected);
}

}  // namespace

struct LoadedModel::State {
  explicit State(std::unique_ptr<llvm::orc::ExecutorProcessControl> process)
      : session(std::move(process)), library(session.createBareJITDylib("model")) {}
  ~State() { llvm::consumeError(session.endSession()); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] llvm::Expected<void*> find(const std::string& name) {
    auto found = session.lookup({&library}, session.intern(name));
    if (!found) {
      return found.takeError();
    }
    return found->getAddress().toPtr<void*>();
  }

  llvm::orc::ExecutionSession session;
  std::unique_ptr<llvm::orc::ObjectLinkingLayer> layer;
  llvm::orc::JITDylib& library;  // which owns the code until the session ends; it has no link to this process's symbols
  const kdlc_model* model = nullptr;
};

std::unique_ptr<LoadedModel> LoadedModel::load(const std::string& object_bytes, const std::string& prefix,
                                               Report& report) {
  auto process = value_or_report(llvm::orc::SelfExecutorProcessControl::Create(), report);
  if (!process) {
    return nullptr;
  }
  auto state = std::make_unique<State>(std::move(*process));
  // Failures reach the caller through find; the session would print them.
  state->session.setErrorReporter([](llvm::Error error) { llvm::consumeError(std::move(error)); });
  state->layer = std::make_unique<llvm::orc::ObjectLinkingLayer>(state->session);
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(object_bytes, "model");
  const llvm::Triple& triple = state->session.getTargetTriple();
  if (llvm::Error error = check_architecture(buffer->getMemBufferRef(), triple)) {
    report_failure(report, std::move(error));
    return nullptr;
  }
  if (llvm::Error error = state->layer->add(state->library, std::move(buffer))) {
    report_failure(report, std::move(error));
    return nullptr;
  }
  const auto address = value_or_report(state->find(prefix + "_model"), report);
  if (!address) {
    return nullptr;
  }
  state->model = static_cast<const kdlc_model*>(*address);
  return std::unique_ptr<LoadedModel>(new LoadedModel(std::move(state)));
}

LoadedModel::LoadedModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedModel::~LoadedModel() = default;

const kdlc_model& LoadedModel::model() const {
  return *state_->model;
}

void* LoadedModel::symbol(const std::string& name) const {
  llvm::Expected<void*> found = state_->find(name);
  if (!found) {
    llvm::consumeError(found.takeError());
    return nullptr;
  }
  return *found;
}

}  // namespace kdlc::link
