// Sizes of axes that follow from declared dims, and the function by which a caller without the typed header asks them.
#include <algorithm>

#include "codegen/interface.hpp"

namespace kdlc::codegen {

std::vector<Dim> derived_sizes(const graph::Graph& graph) {
  std::vector<Dim> sizes;
  const auto add = [&](const auto& infos) {
    for (const auto& info : infos) {
      for (const Dim& axis : graph.node(info.node).type.shape.axes) {
        if (!axis.is_constant() && !axis.is_symbol() && std::find(sizes.begin(), sizes.end(), axis) == sizes.end()) {
          sizes.push_back(axis);
        }
      }
    }
  };
  add(graph.inputs);
  add(graph.outputs);
  return sizes;
}

void emit_derive(Interface& interface) {
  const graph::Graph& graph = interface.plan.graph;
  const std::vector<Dim> sizes = derived_sizes(graph);
  if (sizes.empty()) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* size = builder.getInt64Ty();
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy(), builder.getPtrTy()}, false);
  interface.derive = begin_interface_function(interface, "derive", type, llvm::Function::InternalLinkage);
  emitter.frame = {};
  for (std::size_t k = 0; k < graph.dims.size(); ++k) {
    llvm::Value* place = builder.CreateConstInBoundsGEP1_64(size, interface.derive->getArg(0), 1 + k);
    emitter.frame.sizes[graph.dims[k].name] = builder.CreateLoad(size, place);
  }
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    llvm::Value* place = builder.CreateConstInBoundsGEP1_64(size, interface.derive->getArg(1), k);
    builder.CreateStore(emitter.count(sizes[k]), place);
  }
  builder.CreateRetVoid();
}

}  // namespace kdlc::codegen
