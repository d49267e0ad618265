// Front door of plan/: optimised graph to a schedule of kernel steps over placed memory.
//
// A step is a loop nest in normal form: sizes of its axes, and for each tensor that it touches a place and one stride
// per axis. Codegen reads steps only; it never sees a graph node.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::plan {

/// What the planner must know of the processor; codegen/targets.cpp fills it.
struct Machine {
  std::int64_t vector_bytes = 16;  // of one vector register
  std::int64_t vector_registers = 16;
  bool has_fma = false;
  bool has_masks = false;                  // masked loads and stores at full speed
  std::int64_t multiply_adds_a_cycle = 2;  // of whole vectors; as many of them are loaded
  std::int64_t l1_bytes = 32 << 10;
  std::int64_t l2_bytes = 512 << 10;
  std::int64_t l3_share_bytes = 0;  // of the third cache, what a core can count on beside others; 0: unknown

  /// Elements of a vector register, at least one.
  [[nodiscard]] std::int64_t lanes(DType dtype) const {
    return std::max<std::int64_t>(1, vector_bytes / static_cast<std::int64_t>(size_bytes(dtype)));
  }
  /// Whether so many bytes stay in the second cache, with what is touched beside them.
  [[nodiscard]] bool second_cache_holds(double bytes) const { return bytes <= 0.75 * static_cast<double>(l2_bytes); }

  bool operator==(const Machine&) const = default;
};

struct MeasuredChoices;  // plan/choices.hpp

struct Options {
  Machine machine;
  bool strict = false;
  std::int64_t chunk = 0;    // samples in a chunk; 0: chosen by the planner
  std::int64_t streams = 1;  // samples of a call at most, where samples have states
  std::int64_t threads = 1;  // that a call can use
  /// What it costs to set the threads to work and to wait for the last; 0: whatever can be cut is cut,
  /// and what can be computed as one is.
  double meeting_nanoseconds = 700;
  /// Outputs along one side of the tiles of every convolution that can have some: 2 or 4; 1: two outputs of one row; 0:
  /// none has. Unset: chosen.
  std::optional<std::int64_t> winograd_tile = {};
  /// Whether contractions take Strassen's form: wherever they can, nowhere, or, unset, where it is chosen.
  std::optional<bool> strassen = {};
  const MeasuredChoices* measured = nullptr;  // what is taken in place of the cost model's choice; nullptr: nothing
  std::size_t candidates = 0;                 // of each choice, for Choice::candidates
};

// ---- memory ------------------------------------------------------------------------------------------------------

/// `status` is one byte of the body: a step writes 1 there when it met an index outside its tensor. `state`: what the
/// last call left, of this chunk's first sample; `next_state`: what this call leaves. `local`: memory of the function
/// that holds the steps, which codegen takes for small values of the arena (local_values.hpp).
enum class Memory : std::uint8_t { input, output, arena, weights, status, state, next_state, local };

/// Elements from one position to the next, one per axis: numbers, or arithmetic of sizes known only at run time, as
/// values are dense under any of these.
using Strides = std::vector<Dim>;

/// Where a step finds a tensor: a base, a byte offset, and strides in elements, one per axis of the step (0 repeats).
struct Access {
  Memory memory = Memory::arena;
  std::uint32_t index = 0;  // which input, output, state or local
  Dim offset_bytes = 0;     // from the base: of the arena, of the packed weights, or of this chunk's first sample; in a
                            // loop it may mention the turn
  DType dtype = DType::f32;
  Strides strides;

  bool operator==(const Access&) const = default;
};

/// Stands for the direction of a call, 0 or 1, in the code of steps that turn around.
inline const char* const kDirectionSymbol = "direction 0";  // no identifier of the language has a space in it

// ---- steps -------------------------------------------------------------------------------------------------------
// A count is a Dim: a number, N (the samples of this call of the body, at most the chunk), or a declared dim.

/// output[a…] = expression(inputs[a…]). With an identity expression it is a copy (of any permutation), with no inputs a
/// fill. Strides are over `axes`.
struct MapStep {
  std::vector<Dim> axes;
  graph::MapExpression expression;
  std::vector<Access> inputs;
  Access output;
};

/// How many output rows and columns a micro-kernel keeps in registers.
struct ContractionBlock {
  std::int64_t outer_rows = 1;  // of the second-innermost row axis
  std::int64_t inner_rows = 1;  // of the innermost row axis
  std::int64_t vectors = 1;     // vectors of columns of a panel
  std::int64_t panels = 1;      // neighbouring panels of packed weights that are taken together
  std::int64_t lanes = 1;       // columns of one vector: those of a full register, or fewer where there are few columns
  bool columns_outermost =
      true;  // loop order: for each panel of columns all rows, or for each block of rows all panels
  /// With columns outermost: so many rows (along the second-innermost row axis, where there are two) pass all panels
  /// before the next ones do; 0: all rows. A multiple of the block's own, of an axis of known size.
  std::int64_t band_rows = 0;
  /// Taps of a window that are taken in one step of depth, see plan/window_taps.hpp: each element that neighbouring
  /// rows share is loaded once, and sums change their order. 1: one after the other.
  std::int64_t taps = 1;

  bool operator==(const ContractionBlock&) const = default;
};

/// An answer to a question that measuring may settle: the block of a contraction, or whether a convolution is computed
/// by Winograd's form.
struct KernelChoice {
  std::optional<std::int64_t> winograd_tile;  // 1, 2, 4, or 0 for the direct sum, whose block is another question
  ContractionBlock block;                     // of a contraction

  bool operator==(const KernelChoice&) const = default;
};

/// A choice that was made for a step.
struct Choice {
  std::string question;  // all that the cost model looks at, beside the machine: see plan/choices.hpp
  KernelChoice taken;
  bool is_measured = false;              // else the cost model's
  double gain = 0;                       // measured: by how much of the time of the cost model's choice it is faster
  std::optional<std::uint32_t> follows;  // the choice that had to be made before: Winograd's form, the panels
  std::vector<KernelChoice> candidates;  // what else may be measured, the likeliest first
};

/// Windows of a contraction's results that do not overlap and are reduced before anything is stored, see
/// plan/pool_results.hpp: output[o…, r…, c] = epilogue(reduction over u, v of the result at turn u and column v of the
/// window). The axes of the step count windows; cells of a window are further along the right operand.
struct ContractionPool {
  graph::Reducer reducer = graph::Reducer::maximum;
  std::int64_t turns = 1;         // u: cells that are summed one after the other
  std::int64_t columns = 1;       // v: cells side by side in the right operand
  Dim turn_stride;                // of the right operand, from one turn to the next
  graph::MapExpression epilogue;  // operand 0: what was reduced

  bool operator==(const ContractionPool&) const = default;
};

/// Strassen's own products, or those of Winograd's variant.
enum class StrassenVariant : std::uint8_t { strassen, winograd };

/// Another way to compute a contraction, by seven products of halves of its first row axis, its depth and its columns:
/// see plan/strassen.hpp. It serves steps of just these sizes; others, such as parts of the step or calls with fewer
/// samples, are computed the plain way.
struct StrassenForm {
  StrassenVariant variant = StrassenVariant::strassen;
  std::int64_t rows = 0;  // of the first axis
  std::int64_t columns = 0;
  std::int64_t rows_at_once = 0;     // of half of the first axis, whose sums are held while they are multiplied
  std::int64_t columns_at_once = 0;  // of half of the columns, which pass all products together: whole panels
  ContractionBlock block;            // of the products
  Access right;  // packed: [columns at once][product][panel][depth][vectors × lanes]; strides over the first two
  /// Sums of left rows: of each product that has one where columns pass in several turns, else of one at a time; behind
  /// them what Winograd's variant keeps. Strides over rows and depth.
  Access scratch;

  bool operator==(const StrassenForm&) const = default;
};

/// output[o…, r…, c] = epilogue(sum over k… of left[o…, r…, k…] × right[o…, k…, c]).
/// Dense: rows (n), depth (k). 2-d convolution: rows (n, y, x), depth (p, q, c), the window's stride and dilation being
/// strides of left. Attention scores: outer (n, head), rows (t), depth (d), columns (s).
struct ContractionStep {
  std::vector<Dim> outer;
  std::vector<Dim> rows;   // outermost first; the innermost one or two are blocked
  std::vector<Dim> depth;  // outermost first; contiguous neighbours are merged
  Dim columns;
  ContractionBlock block;
  std::optional<std::uint32_t> choice;  // of the block, in Plan::choices
  Access left;                          // strides over outer, rows, depth
  /// Packed: [outer][panel][depth…][vectors × lanes] with zeros behind the last column; its strides are over outer
  /// only. Not packed: strides over outer, depth, columns. Where Strassen's form serves all calls, its sums of weights.
  Access right;
  bool right_is_packed = true;
  bool fetches_ahead = false;             // while a panel is used by further rows, the bytes behind it are asked for
  bool fetches_rows = false;              // likewise the rows, of left and of results, of the band after this one
  bool turns_around = false;              // every other call takes the panels from the last to the first: see Body
  bool alternates = false;                // every other turn of its loop takes panels and depth backwards
  graph::MapExpression epilogue;          // operand 0: the sum; k: epilogue_operands[k-1]
  std::vector<Access> epilogue_operands;  // strides over outer, rows, columns
  std::optional<ContractionPool> pool;    // what becomes of the epilogue's results, else they are the output
  Access output;                          // strides over outer, rows, columns
  std::optional<StrassenForm> strassen = {};
};

/// A convolution with windows of 3 × 3 cells by Winograd's minimal filtering F(t × t, 3 × 3), see plan/winograd.hpp:
/// output[o…, y, x, k] = epilogue(sum over p, q, c of left[o…, s y + p, s x + q, c] × weight[p, q, c, k]).
/// A tile of t × t outputs sees (s t - s + 3)² cells. They are transformed into as many coefficients, each of which is
/// multiplied with transformed weights by a contraction over the channels; the products are transformed back.
struct WinogradStep {
  std::int64_t tile = 4;             // t
  std::int64_t stride = 1;           // s: 1, or 2 with t = 2
  std::vector<Dim> positions;        // o…, y, x; y and x are numbers
  std::int64_t depth = 1;            // channels c
  std::int64_t columns = 1;          // k
  std::int64_t tiles_at_once = 1;    // whose coefficients are held while they are multiplied
  std::int64_t columns_at_once = 1;  // whose products are held before they are transformed back: equal parts of whole
                                     // panels
  ContractionBlock block;            // of the products
  std::optional<std::uint32_t> choice = {};  // of this form, in Plan::choices
  Access left;                               // strides over positions (already times the window's stride), c
  /// Packed: [columns at once][coefficient][panel][c][vectors × lanes]; its stride is over coefficients.
  Access right;
  bool fetches_ahead = false;  // as for contractions
  Access scratch;              // coefficients, products and cells at an edge: WinogradScratch
  graph::MapExpression epilogue;
  std::vector<Access> epilogue_operands;  // strides over positions, k
  Access output;                          // strides over positions, k
};

/// output[o…, c] = epilogue(sum over k… of left[o…, k…, c] × right[k…, c]): depthwise convolution with stride-1
/// channels.
struct DepthwiseStep {
  std::vector<Dim> positions;       // (n, y, x)
  std::vector<std::int64_t> depth;  // (p, q)
  std::int64_t channels = 0;
  Access left;   // strides over positions, depth, channels
  Access right;  // strides over depth, channels
  graph::MapExpression epilogue;
  std::vector<Access> epilogue_operands;  // strides over positions, channels
  Access output;                          // strides over positions, channels
};

/// output[p…, c] = epilogue(reduction over w… of input[p…, w…, c]) where window cells outside the input are left out.
struct WindowStep {
  graph::Reducer reducer = graph::Reducer::maximum;
  std::vector<Dim> positions;  // (n, y, x)
  struct Axis {
    std::uint32_t position = 0;  // which of `positions` it slides along
    std::int64_t size = 1;
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::int64_t pad_low = 0;
    Dim input_size;  // real cells: 0 <= position × stride + w × dilation - pad_low < input_size
  };
  std::vector<Axis> windows;
  Dim channels;
  Access input;  // strides over positions (already times the window's stride), windows (times dilation), channels; the
                 // offset is that of cell -pad_low: it may lie before the buffer, and only real cells are read
  graph::MapExpression epilogue;
  std::vector<Access> epilogue_operands;  // strides over positions, channels
  Access output;                          // strides over positions, channels
};

/// output[k…] = epilogue(reduction over r… of input[k…, r…]).
struct ReduceStep {
  graph::Reducer reducer = graph::Reducer::sum;
  std::vector<Dim> kept;
  std::vector<Dim> reduced;
  Access input;  // strides over kept, reduced
  graph::MapExpression epilogue;
  std::vector<Access> epilogue_operands;  // strides over kept
  Access output;                          // strides over kept
};

/// output[a…] = table[a…, ids[a…]], the looked-up axis being behind the others in the table's strides. Axes along which
/// only the ids move have stride 0 in the table, and the other way round.
struct GatherStep {
  std::vector<Dim> axes;
  Access table;  // strides over axes, then the looked-up axis
  Access ids;    // strides over axes
  Access output;
  Dim size;                // of the looked-up axis
  bool checks_ids = true;  // an id outside is copied from nowhere and reported; else every id is known to fit
};

/// A row program at every position: see graph::RowsAttributes. The row axis is last.
struct RowsStep {
  std::vector<Dim> positions;
  Dim length;
  std::vector<graph::RowsStep> program;
  std::vector<Access> inputs;  // strides over positions, length
  Access output;
  /// Rows that must be stored between steps of the program live here, one behind the other, each `longest` long.
  Access scratch;
  std::int64_t longest = 0;  // what `length` can be at most
};

struct Step;
/// for (turn = 0; turn < turns; ++turn) steps: a loop over the steps of a sequence. Offsets of what moves with the
/// turns mention the symbol `turn`; states have one place for all turns.
struct LoopStep {
  std::string turn;
  Dim turns;
  std::vector<Step> steps;
};

struct Step {
  std::variant<MapStep, ContractionStep, WinogradStep, DepthwiseStep, WindowStep, ReduceStep, RowsStep, GatherStep,
               LoopStep>
      kernel;
  std::vector<graph::RecordId> records;  // for reports, taps and per-layer timing
  std::string name;                      // `conv1`, `pad of conv2`: a comment in dumps and the name of the IR block
};

/// Numbers of an input that must not be below `begin` and must be below `end`: compared when a call begins, for all
/// samples, before anything is computed. N is the number of samples of the whole call.
struct InputCheck {
  std::vector<Dim> axes;
  Access input;  // strides over axes
  std::int64_t begin = 0;
  Dim end;

  bool operator==(const InputCheck&) const = default;
};

/// One way through the model for up to `samples` samples.
struct Body {
  std::int64_t samples = 1;
  std::vector<Step> steps;
  /// Where steps turn around, the byte in the arena whose lowest bit is the direction; each pass flips it. Whatever
  /// stands there, the values are the same.
  std::optional<std::int64_t> direction_offset;

  /// Whether a step may meet an index outside its tensor: the body gives a status then.
  [[nodiscard]] bool checks_ids() const;
};

// ---- threads -----------------------------------------------------------------------------------------------------

/// What neighbouring threads do of a step, each at its own place: offsets may mention the symbol kThreadSymbol
/// (step_accesses.hpp), which is 0 for the thread `first`. Sizes are numbers.
struct Share {
  std::int64_t first = 0;
  std::int64_t threads = 1;
  Step step;
};

/// Steps between two meetings of the threads. Each thread runs its shares in their order; none reads or overwrites here
/// what another one writes here, so the threads may run in any order, also one after the other.
struct Region {
  std::int64_t threads = 1;  // those below this one take part
  std::int64_t rounds = 1;   // it runs so often; offsets may mention kRoundSymbol (step_accesses.hpp)
  std::vector<Share> shares;
};

/// How a call uses several threads: samples are shared out, each thread with an arena of its own; what is left of them
/// is computed one by one, by all threads together.
struct Threads {
  std::int64_t count = 1;
  std::int64_t least_samples = 0;  // fewer are not shared out; 0: never
  std::int64_t arena_stride = 0;   // bytes from one thread's arena to the next
  std::vector<Region> regions;     // one sample; none: threads do not pay
};

/// A tensor of the packed weights: the value of a node of the prepare part.
struct PreparedTensor {
  graph::NodeId node;  // of Plan::graph
  std::string name;
  std::int64_t offset_bytes = 0;
  std::int64_t size_bytes = 0;
};

/// Where a state lies: in the caller's memory of states, all streams one behind the other, and likewise in the arena
/// what the call at hand will leave. The caller's memory changes at the end of a call that has succeeded.
struct StatePlace {
  std::int64_t offset_bytes = 0;
  std::int64_t next_offset_bytes = 0;  // in the arena, behind all else
  std::int64_t elements = 0;           // of one stream, or of the only one
  bool has_batch = true;               // false: all samples share it

  bool operator==(const StatePlace&) const = default;
};

struct Plan {
  graph::Graph graph;  // with the packing of weights added to its prepare part
  std::vector<InputCheck> input_checks;
  Body single;  // one sample
  Body chunk;   // up to chunk.samples samples; N is an argument
  Threads threads;
  std::int64_t arena_bytes = 0;  // for all threads
  std::int64_t arena_align = 64;
  std::vector<std::int64_t> tap_offsets;  // in the arena, behind all else: where the taps of the graph wait to be shown
  std::vector<StatePlace> states;         // by Graph::states
  std::int64_t streams = 0;               // samples of a call at most, each a stream with states; 0: any number
  std::int64_t state_bytes = 0;           // of the caller's memory of states, aligned to 8 bytes
  std::vector<PreparedTensor> prepared;
  std::vector<Choice> choices;    // those of the body for a chunk first
  std::int64_t packed_bytes = 0;  // size of the packed weights, 64-byte aligned tensors
  std::uint64_t model_hash =
      0;  // of names, shapes and types of weights and of the packing: binds an object to its packed file
  std::int64_t multiply_adds = 0;           // per sample
  std::vector<graph::SizeRule> size_rules;  // under which the bodies may be called; beside them the bounds of the dims
};

/// Chooses kernels and blocks, adds the packing of weights to the prepare part, and places every value. Asserts that
/// the graph verifies.
Plan make_plan(graph::Graph graph, const Options& options);

/// The packed weights: runs the prepare part on the parameters (in the order of graph.parameters).
std::vector<std::byte> pack_weights(const Plan& plan, const std::vector<TensorData>& parameters);

/// Stable text: steps, places and blocks: `--dump=plan`.
std::string dump(const Plan& plan);

}  // namespace kdlc::plan
