// Tables as text.
#include "report/text_table.hpp"

#include "catch.hpp"

using kdlc::report::Align;
using kdlc::report::layout_table;

TEST_CASE("columns are as wide as their widest cell, numbers stand on the right, nothing trails") {
  CHECK("\n" + layout_table({{"layer"}, {"kind"}, {"weights", Align::right}},
                            {{"größe", "dense", "1,234"}, {"x", "", ""}}, 80) ==
        R"(
layer  kind   weights
─────────────────────
größe  dense    1,234
x
)");
}

TEST_CASE("only the column that may wrap gives way, and words are never cut") {
  CHECK("\n" + layout_table({{"layer"}, {"settings", Align::left, true}, {"result"}},
                            {{"conv1", "64 × 7×7, stride 2, pad 3, relu", "f32[N, 112, 112, 64]"},
                             {"b", "averylongwordthatdoesnotfit", "f32[]"}},
                            45) ==
        R"(
layer  settings          result
─────────────────────────────────────────────
conv1  64 × 7×7, stride  f32[N, 112, 112, 64]
       2, pad 3, relu
b      averylongwordthatdoesnotfit  f32[]
)");
}
