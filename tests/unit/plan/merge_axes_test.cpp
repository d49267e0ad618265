// Which neighbouring axes of a step are walked as one.
#include "plan/merge_axes.hpp"

#include "catch.hpp"
#include "plan/placement.hpp"

using namespace kdlc;
using namespace kdlc::plan;

TEST_CASE("a dense tensor is one axis") {
  const AxisGroup merged = merge_axes({{Dim(4), Dim(5), Dim(6)}, {{30, 6, 1}, {30, 6, 1}}});
  CHECK(merged.sizes == std::vector<Dim>{Dim(120)});
  CHECK(merged.strides == std::vector<Strides>{{1}, {1}});
}

TEST_CASE("a broadcast axis keeps its neighbours apart") {
  // A bias over the last axis: rows and channels stay, rows merge.
  const AxisGroup merged = merge_axes({{Dim(4), Dim(5), Dim(6)}, {{30, 6, 1}, {0, 0, 1}}});
  CHECK(merged.sizes == std::vector<Dim>{Dim(20), Dim(6)});
  CHECK(merged.strides == std::vector<Strides>{{6, 1}, {0, 1}});
}

TEST_CASE("axes of size one go, and the batch merges with dense samples") {
  const AxisGroup merged = merge_axes({{Dim::batch(), Dim(1), Dim(6)}, {{6, 6, 1}}});
  CHECK(merged.sizes == std::vector<Dim>{Dim::batch() * 6});
  CHECK(merge_axes({{Dim(1)}, {{1}}}).sizes.empty());
}

TEST_CASE("axes known only at run time merge where strides follow their sizes") {
  const Dim t = Dim::symbol("T");
  const AxisGroup dense = merge_axes({{Dim::batch(), t, Dim(6)}, {{t * 6, 6, 1}}});
  CHECK(dense.sizes == std::vector<Dim>{Dim::batch() * t * 6});
  // A border of one cell around T: samples stay apart.
  const AxisGroup bordered = merge_axes({{Dim::batch(), t, Dim(6)}, {{t * 6 + 12, 6, 1}}});
  CHECK(bordered.sizes == std::vector<Dim>{Dim::batch(), t * 6});
  const AxisGroup transposed = merge_axes({{Dim(6), t}, {{1, 6}}});
  CHECK(transposed.sizes == std::vector<Dim>{Dim(6), t});
}

TEST_CASE("a border between rows keeps them apart") {
  const AxisGroup merged = merge_axes({{Dim(4), Dim(5), Dim(6)}, {{42, 6, 1}, {30, 6, 1}}});
  CHECK(merged.sizes == std::vector<Dim>{Dim(4), Dim(30)});
}

TEST_CASE("reshaping a strided tensor finds strides where there are some") {
  CHECK(reshape_strides({4, 6}, {6, 1}, {8, 3}) == Strides{3, 1});
  CHECK(reshape_strides({4, 6}, {8, 1}, {4, 2, 3}) == Strides{8, 3, 1});
  CHECK(reshape_strides({4, 6}, {8, 1}, {24}) == std::nullopt);
  CHECK(reshape_strides({4, 6}, {8, 1}, {2, 2, 6}) == Strides{16, 8, 1});
  CHECK(reshape_strides({1, 6}, {99, 1}, {6})->front() == Dim(1));
  CHECK(reshape_strides({6}, {1}, {2, 1, 3}).has_value());
  const Dim t = Dim::symbol("T");
  CHECK(reshape_strides({t, 64}, {64, 1}, {t, 4, 16}) == Strides{64, 16, 1});
  CHECK(reshape_strides({t, 64}, {64, 1}, {t * 64}) == Strides{1});
  CHECK(reshape_strides({t, 2}, {2, 1}, {2, t}) == Strides{t, 1});
  CHECK(reshape_strides({t, 64}, {80, 1}, {t * 64}) == std::nullopt);
}
