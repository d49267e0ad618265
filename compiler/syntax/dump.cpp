// The tree as indented text, one node a line: what --dump=tree shows and what tests compare.
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "support/overloaded.hpp"
#include "syntax/operators.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::syntax {

namespace {

class Dumper {
public:
  std::string text;

  void line(std::string_view words) {
    text.append(indentation_ * 2, ' ');
    text += words;
    text += '\n';
  }

  /// A line and what lies under it.
  template <class Children>
  void node(std::string_view words, Children children) {
    line(words);
    ++indentation_;
    children();
    --indentation_;
  }

  void declaration(const Decl& decl) {
    for (const std::string& doc : decl.doc) {
      line(doc.empty() ? "doc" : "doc " + doc);
    }
    std::visit([this](const auto& node_of_kind) { show(node_of_kind); }, decl.node);
  }

private:
  std::size_t indentation_ = 0;

  void optional(std::string_view words, const ExprPtr& value) {
    if (value != nullptr) {
      node(words, [&] { expression(*value); });
    }
  }

  void expression(const Expr& expr) {
    std::visit([this](const auto& node_of_kind) { show(node_of_kind); }, expr.node);
  }

  void show(const ErrorExpr& /*error*/) { line("error"); }
  void show(const IntLiteral& literal) { line(fmt::format("int {}", literal.value)); }
  void show(const FloatLiteral& literal) { line(fmt::format("float {}", literal.value)); }
  void show(const StringLiteral& literal) { line("string " + encode_string(literal.value)); }
  void show(const BoolLiteral& literal) { line(literal.value ? "true" : "false"); }
  void show(const NameRef& reference) { line("name " + reference.name); }
  void show(const Member& member) {
    node("member " + member.member.text, [&] { expression(*member.object); });
  }
  void show(const ListExpr& list) {
    node("list", [&] { all(list.items); });
  }
  void show(const TupleExpr& tuple) {
    node(tuple.is_parenthesis ? "parenthesis" : "tuple", [&] { all(tuple.items); });
  }
  void show(const Unary& unary) {
    node(unary.op == UnaryOp::negate ? "negate" : "not", [&] { expression(*unary.operand); });
  }
  void show(const Binary& binary) {
    node(fmt::format("binary {}", spelling(binary.op)), [&] {
      expression(*binary.left);
      expression(*binary.right);
    });
  }
  void show(const Call& call) {
    node("call", [&] {
      expression(*call.callee);
      arguments(call.arguments);
    });
  }
  void show(const Index& index) {
    node("index", [&] {
      expression(*index.object);
      for (const Subscript& subscript : index.subscripts) {
        show(subscript);
      }
    });
  }
  void show(const Subscript& subscript) {
    switch (subscript.kind) {
      case Subscript::Kind::ellipsis:
        line("...");
        break;
      case Subscript::Kind::position:
        optional("position", subscript.begin);
        break;
      case Subscript::Kind::range:
        node("range", [&] {
          optional("begin", subscript.begin);
          optional("end", subscript.end);
          optional("step", subscript.step);
        });
        break;
    }
  }
  void show(const If& choice) {
    node("if", [&] {
      optional("condition", choice.condition);
      optional("then", choice.then_value);
      optional("else", choice.else_value);
    });
  }
  void show(const Chain& chain) {
    node("chain", [&] {
      expression(*chain.head);
      stages(chain.stages);
    });
  }

  void all(const std::vector<ExprPtr>& values) {
    for (const ExprPtr& value : values) {
      expression(*value);
    }
  }
  void arguments(const std::vector<Argument>& list) {
    for (const Argument& argument : list) {
      const std::string words = argument.name ? fmt::format("argument {}", argument.name->text) : "argument";
      node(words, [&] { expression(*argument.value); });
    }
  }
  void stages(const std::vector<Stage>& list) {
    for (const Stage& stage : list) {
      std::visit([this](const auto& node_of_kind) { show(node_of_kind); }, stage.node);
    }
  }
  void show(const ApplyStage& stage) {
    std::string words = "apply ";
    for (std::size_t index = 0; index < stage.path.size(); ++index) {
      words += (index == 0 ? "" : ".") + stage.path[index].text;
    }
    words += stage.arguments ? "()" : "";
    words += stage.as ? " as " + stage.as->text : "";
    node(words, [&] {
      if (stage.arguments) {
        arguments(*stage.arguments);
      }
    });
  }
  void show(const RepeatStage& stage) {
    node(stage.variable ? "repeat " + stage.variable->text : "repeat", [&] {
      range(stage.range);
      stages(stage.body);
    });
  }
  void range(const RangeExpr& range) {
    node(range.end != nullptr ? "in .." : "in", [&] {
      expression(*range.begin);
      if (range.end != nullptr) {
        expression(*range.end);
      }
    });
  }

  void type(const TypeExpr& type) {
    const std::string base = type.base.text.empty() ? "error" : type.base.text;
    node(fmt::format("type {}{}", base, type.shape ? "[]" : ""), [&] {
      if (type.shape) {
        for (const AxisExpr& axis : *type.shape) {
          axis.size == nullptr ? line("...") : expression(*axis.size);
        }
      }
    });
  }
  void type(const std::optional<TypeExpr>& optional_type) {
    if (optional_type) {
      type(*optional_type);
    }
  }
  void parameters(const std::vector<Parameter>& list) {
    for (const Parameter& parameter : list) {
      node("parameter " + parameter.name.text, [&] {
        type(parameter.type);
        optional("default", parameter.default_value);
      });
    }
  }
  void body(const Body& body) {
    for (const Decl& decl : body.declarations) {
      declaration(decl);
    }
  }

  void show(const ErrorDecl& /*error*/) { line("error"); }
  void show(const ImportDecl& decl) {
    line("import " + encode_string(decl.path) + (decl.as ? " as " + decl.as->text : ""));
  }
  void show(const ModelDecl& decl) {
    node(fmt::format("model {}{}", decl.name.text, decl.has_parameter_list ? "()" : ""), [&] {
      parameters(decl.parameters);
      body(decl.body);
    });
  }
  void show(const BlockDecl& decl) {
    node("block " + decl.name.text, [&] {
      parameters(decl.parameters);
      for (const TypeExpr& result : decl.results) {
        node("result", [&] { type(result); });
      }
      body(decl.body);
    });
  }
  void show(const FnDecl& decl) {
    node("fn " + decl.name.text, [&] {
      parameters(decl.parameters);
      if (decl.result) {
        node("result", [&] { type(*decl.result); });
      }
      optional("value", decl.value);
    });
  }
  void show(const InputDecl& decl) { typed("input", decl); }
  void show(const TargetDecl& decl) { typed("target", decl); }
  template <class TypedDecl>
  void typed(std::string_view word, const TypedDecl& decl) {
    node(fmt::format("{} {}", word, decl.name.text), [&] {
      type(decl.type);
      if (decl.range) {
        range(*decl.range);
      }
    });
  }
  void show(const OutputDecl& decl) { valued("output", decl); }
  void show(const ConstDecl& decl) { valued("const", decl); }
  void show(const ParamDecl& decl) { valued("param", decl); }
  template <class ValuedDecl>
  void valued(std::string_view word, const ValuedDecl& decl) {
    node(fmt::format("{} {}", word, decl.name.text), [&] {
      type(decl.type);
      optional("value", decl.value);
    });
  }
  void show(const DimDecl& decl) {
    node("dim", [&] {
      for (const DimBound& dim : decl.dims) {
        node("name " + dim.name.text, [&] { optional("bound", dim.bound); });
      }
    });
  }
  void show(const LayerDecl& decl) {
    node("layer " + decl.name.text, [&] { stages(decl.stages); });
  }
  void show(const RequireDecl& decl) {
    node("require", [&] {
      expression(*decl.condition);
      if (decl.message) {
        line("message " + encode_string(*decl.message));
      }
    });
  }
  void show(const WeightsDecl& decl) {
    node(decl.has_renames ? "weights {}" : "weights", [&] {
      expression(*decl.source);
      arguments(decl.arguments);
      for (const Rename& rename : decl.renames) {
        line(fmt::format("rename {} {}", encode_string(rename.from), encode_string(rename.to)));
      }
    });
  }
  void show(const TrainDecl& decl) {
    node("train", [&] { body(decl.body); });
  }
  void show(const LossDecl& decl) {
    node(decl.name ? "loss " + decl.name->text : "loss", [&] { expression(*decl.value); });
  }
  void show(const OptimizerDecl& decl) {
    node("optimizer", [&] { expression(*decl.value); });
  }
  void show(const MetricDecl& decl) {
    node(decl.name ? "metric " + decl.name->text : "metric", [&] { expression(*decl.value); });
  }
  void show(const TestDecl& decl) {
    node("test " + encode_string(decl.title), [&] { body(decl.body); });
  }
  void show(const ExpectDecl& decl) {
    node("expect", [&] {
      expression(*decl.condition);
      optional("within", decl.within);
    });
  }
  void show(const ReturnDecl& decl) {
    node("return", [&] { all(decl.values); });
  }
  void show(const BindDecl& decl) {
    node("bind", [&] {
      for (const BindTarget& target : decl.targets) {
        node("target " + target.name.text, [&] { type(target.type); });
      }
      expression(*decl.value);
    });
  }
};

}  // namespace

std::string dump(const Tree& tree) {
  Dumper dumper;
  // A file without the line is written in version 1.
  dumper.node(fmt::format("file kdl {}", tree.version.value_or(1)), [&] {
    for (const Decl& decl : tree.declarations) {
      dumper.declaration(decl);
    }
  });
  return std::move(dumper.text);
}

}  // namespace kdlc::syntax
