// The module of an artefact: its bodies from the plan's steps, its interface around them, and its object at the end.
#include <algorithm>
#include <span>

#include <kdlc_abi.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/TargetParser/Triple.h>

#include "codegen/emit.hpp"
#include "codegen/emitter.hpp"
#include "codegen/interface.hpp"
#include "codegen/kernels/contraction_loops.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/loops.hpp"
#include "diagnostics/kinds.hpp"
#include "plan/local_values.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Objects of the small code model reach no further than 2 GiB; half of that leaves room for what surrounds them.
constexpr std::size_t kEmbeddedBytesLimit = std::size_t{1} << 30;

/// Kernels of up to this many instructions are copied into the bodies that call them.
constexpr std::size_t kInlineInstructionLimit = 400;

/// Steps of a body that share a function. LLVM's analyses of loops take time that grows with the square of their number
/// in a function.
constexpr std::size_t kStepsInFunction = 32;

/// body(weights, arena, inputs…, outputs…, states…, next states…, N, dims…); everything it touches is an argument. It
/// gives nothing, or a status when a step may meet an index outside its tensor.
llvm::FunctionType* body_type(const plan::Plan& plan, const plan::Body& body, Emitter& emitter) {
  llvm::Type* pointer = emitter.builder.getPtrTy();
  llvm::Type* size = emitter.builder.getInt64Ty();
  const graph::Graph& graph = plan.graph;
  std::vector<llvm::Type*> parameters(2 + graph.inputs.size() + graph.outputs.size() + 2 * graph.states.size(),
                                      pointer);
  parameters.insert(parameters.end(), 1 + graph.dims.size(), size);
  llvm::Type* result = body.checks_ids() ? emitter.builder.getInt32Ty() : emitter.builder.getVoidTy();
  return llvm::FunctionType::get(result, parameters, false);
}

}  // namespace

Frame frame_of(std::span<llvm::Value* const> arguments, const plan::Plan& plan, llvm::Value* samples) {
  Frame frame;
  auto argument = arguments.begin();
  const auto next = [&argument](const std::string& name) {
    (*argument)->setName(name);
    return *argument++;
  };
  frame.weights = next("weights");
  frame.arena = next("arena");
  for (const graph::InputInfo& input : plan.graph.inputs) {
    frame.inputs.push_back(next(input.name));
  }
  for (const graph::OutputInfo& output : plan.graph.outputs) {
    frame.outputs.push_back(next(output.name));
  }
  for (const graph::StateInfo& state : plan.graph.states) {
    frame.states.push_back(next(state.name));
  }
  for (const graph::StateInfo& state : plan.graph.states) {
    frame.next_states.push_back(next("next." + state.name));
  }
  llvm::Value* batch = next("N");
  frame.sizes["N"] = samples != nullptr ? samples : batch;
  for (const graph::DimInfo& dim : plan.graph.dims) {
    frame.sizes[dim.name] = next(dim.name);
  }
  return frame;
}

namespace {

void emit_steps(Emitter& emitter, std::span<const plan::Step> steps);

/// for (turn = 0; turn < turns; ++turn) steps
void emit_loop(Emitter& emitter, const plan::LoopStep& loop) {
  emitter.frame.turns.insert(loop.turn);
  for_each(emitter, emitter.count(loop.turns), [&](llvm::Value* turn) {
    emitter.frame.sizes[loop.turn] = turn;
    emitter.frame.sizes[kBackwardsSymbol] = emitter.builder.CreateAnd(turn, emitter.integer(1));
    emit_steps(emitter, loop.steps);
  });
  emitter.frame.sizes.erase(kBackwardsSymbol);
  emitter.frame.sizes.erase(loop.turn);
  emitter.frame.turns.erase(loop.turn);
}

void emit_step(Emitter& emitter, const plan::Step& step) {
  struct Visitor {
    Emitter& emitter;
    void operator()(const plan::MapStep& map) const { emit_map(emitter, map); }
    void operator()(const plan::ContractionStep& contraction) const {
      emit_contraction_in_best_form(emitter, contraction);
    }
    void operator()(const plan::WinogradStep& winograd) const { emit_winograd(emitter, winograd); }
    void operator()(const plan::DepthwiseStep& depthwise) const { emit_depthwise(emitter, depthwise); }
    void operator()(const plan::WindowStep& window) const { emit_window(emitter, window); }
    void operator()(const plan::ReduceStep& reduce) const { emit_reduce(emitter, reduce); }
    void operator()(const plan::RowsStep& rows) const { emit_rows(emitter, rows); }
    void operator()(const plan::GatherStep& gather) const { emit_gather(emitter, gather); }
    void operator()(const plan::LoopStep& loop) const { emit_loop(emitter, loop); }
  };
  std::visit(Visitor{emitter}, step.kernel);
}

/// Starts a block named after the step, so that dumps can be read.
void begin_step_block(Emitter& emitter, const plan::Step& step) {
  llvm::Function* function = emitter.builder.GetInsertBlock()->getParent();
  llvm::BasicBlock* block = llvm::BasicBlock::Create(emitter.context(), step.name, function);
  emitter.builder.CreateBr(block);
  emitter.builder.SetInsertPoint(block);
}

}  // namespace

void emit_result(Emitter& emitter) {
  llvm::IRBuilder<>& builder = emitter.builder;
  if (emitter.frame.status == nullptr) {
    builder.CreateRetVoid();
    return;
  }
  llvm::Value* status = builder.CreateLoad(builder.getInt8Ty(), emitter.frame.status);
  builder.CreateRet(
      builder.CreateSelect(builder.CreateIsNotNull(status), builder.getInt32(KDLC_E_INDEX), builder.getInt32(KDLC_OK)));
}

void emit_named_step(Emitter& emitter, const plan::Step& step) {
  begin_step_block(emitter, step);
  emit_step(emitter, step);
}

namespace {

void emit_steps(Emitter& emitter, std::span<const plan::Step> steps) {
  for (const plan::Step& step : steps) {
    emit_named_step(emitter, step);
  }
}

/// An empty function of a body's type; the builder stands in it.
llvm::Function* begin_body(Interface& interface, const plan::Body& body, const std::string& name) {
  Emitter& emitter = interface.emitter;
  llvm::Function* function = llvm::Function::Create(body_type(interface.plan, body, emitter),
                                                    llvm::Function::InternalLinkage, name, emitter.module);
  emitter.set_function_attributes(*function);
  function->addFnAttr(llvm::Attribute::NoInline);
  emitter.builder.SetInsertPoint(llvm::BasicBlock::Create(emitter.context(), "entry", function));
  interface.bodies.insert(function);
  return function;
}

std::vector<llvm::Value*> arguments_of(llvm::Function& function) {
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& argument : function.args()) {
    arguments.push_back(&argument);
  }
  return arguments;
}

/// The direction of this pass over the weights, 0 or 1, for a body with steps that turn around.
llvm::Value* load_direction(Emitter& emitter, const plan::Body& body, llvm::Value* arena) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* byte = builder.CreateLoad(builder.getInt8Ty(), emitter.moved(arena, DType::u8, *body.direction_offset));
  return builder.CreateAnd(builder.CreateZExt(byte, builder.getInt64Ty()), 1);
}

/// The next pass goes the other way.
void flip_direction(Emitter& emitter, const plan::Body& body, llvm::Value* arena) {
  if (body.direction_offset) {
    llvm::IRBuilder<>& builder = emitter.builder;
    llvm::Value* next = builder.CreateXor(load_direction(emitter, body, arena), 1);
    builder.CreateStore(builder.CreateTrunc(next, builder.getInt8Ty()),
                        emitter.moved(arena, DType::u8, *body.direction_offset));
  }
}

/// Memory of the function under construction, each with room for a vector behind its last element.
std::vector<llvm::Value*> make_locals(Emitter& emitter, const std::vector<std::int64_t>& sizes) {
  std::vector<llvm::Value*> locals;
  for (const std::int64_t bytes : sizes) {
    const auto with_room = static_cast<std::uint64_t>(bytes + emitter.machine.vector_bytes);
    llvm::AllocaInst* memory =
        emitter.builder.CreateAlloca(llvm::ArrayType::get(emitter.builder.getInt8Ty(), with_room), nullptr, "local");
    memory->setAlignment(llvm::Align(static_cast<std::uint64_t>(emitter.machine.vector_bytes)));
    locals.push_back(memory);
  }
  return locals;
}

/// Some steps of a body, as a function of the body's type; the builder stands behind the last one.
llvm::Function* emit_part(Interface& interface, const plan::Body& body, const plan::LocalSteps& part,
                          const std::string& name, llvm::Value* samples) {
  Emitter& emitter = interface.emitter;
  llvm::Function* function = begin_body(interface, body, name);
  emitter.frame = frame_of(arguments_of(*function), interface.plan, samples);
  if (body.checks_ids()) {
    emitter.frame.status = emitter.builder.CreateAlloca(emitter.builder.getInt8Ty(), nullptr, "status");
    emitter.builder.CreateStore(emitter.builder.getInt8(0), emitter.frame.status);
  }
  if (body.direction_offset) {
    emitter.frame.sizes[plan::kDirectionSymbol] = load_direction(emitter, body, emitter.frame.arena);
  }
  emitter.frame.locals = make_locals(emitter, part.local_bytes);
  emit_steps(emitter, part.steps);
  return function;
}

/// The steps of a body in one function, or in a function for every kStepsInFunction of them and one that calls these.
llvm::Function* emit_body(Interface& interface, const plan::Body& body, const std::string& name, llvm::Value* samples) {
  if (body.steps.size() <= kStepsInFunction) {
    llvm::Function* function = emit_part(interface, body, plan::with_locals(body.steps), name, samples);
    flip_direction(interface.emitter, body, interface.emitter.frame.arena);
    emit_result(interface.emitter);
    return function;
  }
  std::vector<llvm::Function*> parts;
  for (std::size_t first = 0; first < body.steps.size(); first += kStepsInFunction) {
    const std::span<const plan::Step> rest = std::span(body.steps).subspan(first);
    const std::span<const plan::Step> steps = rest.first(std::min(kStepsInFunction, rest.size()));
    parts.push_back(emit_part(interface, body, {.steps = {steps.begin(), steps.end()}, .local_bytes = {}},
                              name + "_" + std::to_string(parts.size()), samples));
    emit_result(interface.emitter);
  }
  llvm::Function* function = begin_body(interface, body, name);
  const std::vector<llvm::Value*> arguments = arguments_of(*function);
  llvm::IRBuilder<>& builder = interface.emitter.builder;
  llvm::Value* status = builder.getInt32(KDLC_OK);
  for (llvm::Function* part : parts) {
    llvm::Value* result = builder.CreateCall(part, arguments);
    status = body.checks_ids() ? builder.CreateOr(status, result) : status;  // OK is 0, and there is one error
  }
  flip_direction(interface.emitter, body, arguments[1]);
  body.checks_ids() ? builder.CreateRet(status) : builder.CreateRetVoid();
  return function;
}

/// A small kernel belongs into its caller, where its sizes are constants: LLVM's own guess of what is small lies far
/// below what a call, and values through memory, cost a network of a few hundred multiplications. A large one stays a
/// function, which keeps compile time linear in the number of layers.
void choose_inlining(const Interface& interface) {
  for (llvm::Function& function : interface.emitter.module) {
    if (function.isDeclaration() || interface.bodies.contains(&function) || &function == interface.check_inputs ||
        &function == interface.commit) {
      continue;
    }
    const bool is_small = function.getInstructionCount() <= kInlineInstructionLimit;
    function.removeFnAttr(is_small ? llvm::Attribute::NoInline : llvm::Attribute::AlwaysInline);
    function.addFnAttr(is_small ? llvm::Attribute::AlwaysInline : llvm::Attribute::NoInline);
  }
}

void emit_interface(Interface& interface) {
  emit_check_cpu(interface);
  emit_forward(interface);
  emit_run(interface);
  emit_bind(interface);
  emit_derive(interface);
  emit_reset(interface);
  emit_embedded(interface);
  emit_descriptor(interface);
}

}  // namespace

std::optional<std::string> compile(const plan::Plan& plan, const Options& options, Report& report) {
  if (options.embedded_weights && options.embedded_weights->size() > kEmbeddedBytesLimit) {
    report.add({}, diag::WeightsTooLargeToEmbed, options.embedded_weights->size())
        .help("build with `--weights external` and ship the file that `kdlc pack` writes");
    return std::nullopt;
  }
  KDLC_ASSERT(
      !options.embedded_weights || options.embedded_weights->size() == static_cast<std::size_t>(plan.packed_bytes),
      "embedded weights are the plan's packed weights");
  llvm::LLVMContext context;
  llvm::Module module(options.prefix, context);
  set_target(module, options.target);
  Emitter emitter(module, options.target, options.strict);

  Interface interface{.plan = plan, .options = options, .emitter = emitter};
  interface.single = emit_body(interface, plan.single, options.prefix + "_single", emitter.integer(1));
  if (plan.chunk.samples > 1 && has_batch(plan)) {
    interface.chunk = emit_body(interface, plan.chunk, options.prefix + "_chunk", nullptr);
  }
  emit_together(interface);
  emit_check_inputs(interface);
  emit_commit(interface);
  choose_inlining(interface);
  emit_interface(interface);
  return emit_module(module, options.target, options.emit);
}

llvm::Function* begin_interface_function(Interface& interface, const std::string& name, llvm::FunctionType* type,
                                         llvm::GlobalValue::LinkageTypes linkage) {
  Emitter& emitter = interface.emitter;
  llvm::Function* function =
      llvm::Function::Create(type, linkage, interface.options.prefix + "_" + name, emitter.module);
  emitter.set_function_attributes(*function);
  if (llvm::Triple(interface.options.target.triple).isX86()) {
    function->addFnAttr("target-cpu", "x86-64");
    function->addFnAttr("target-features", "+xsave");  // XGETBV
    function->addFnAttr("prefer-vector-width", "128");
  }
  emitter.builder.SetInsertPoint(llvm::BasicBlock::Create(emitter.context(), "entry", function));
  return function;
}

void return_if(Emitter& emitter, llvm::Value* condition, int status) {
  llvm::Function* function = emitter.builder.GetInsertBlock()->getParent();
  llvm::BasicBlock* leave = llvm::BasicBlock::Create(emitter.context(), "return", function);
  llvm::BasicBlock* go_on = llvm::BasicBlock::Create(emitter.context(), "checked", function);
  emitter.builder.CreateCondBr(condition, leave, go_on);
  emitter.builder.SetInsertPoint(leave);
  emitter.builder.CreateRet(emitter.builder.getInt32(static_cast<std::uint32_t>(status)));
  emitter.builder.SetInsertPoint(go_on);
}

llvm::Value* any_null(Emitter& emitter, const std::vector<llvm::Value*>& pointers) {
  llvm::Value* result = emitter.builder.getFalse();
  for (llvm::Value* pointer : pointers) {
    result = emitter.builder.CreateOr(result, emitter.builder.CreateIsNull(pointer));
  }
  return result;
}

bool has_batch(const plan::Plan& plan) {
  const auto carries_batch = [&plan](const auto& info) { return plan.graph.node(info.node).type.shape.has_batch(); };
  return std::any_of(plan.graph.inputs.begin(), plan.graph.inputs.end(), carries_batch) ||
         std::any_of(plan.graph.outputs.begin(), plan.graph.outputs.end(), carries_batch);
}

}  // namespace kdlc::codegen
