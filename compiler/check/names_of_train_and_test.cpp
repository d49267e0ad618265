// What the names of `train` and `test` stand for: both see every name of their model.
#include <algorithm>
#include <deque>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/name_uses.hpp"
#include "diagnostics/kinds.hpp"
#include "support/overloaded.hpp"

namespace kdlc::check {

namespace {

/// The names that `train` defines live as long as it is resolved.
void define_in_train(Resolver& resolver, const syntax::Name& name, std::deque<Local>& own) {
  const auto known = resolver.locals.find(name.text);
  const auto outer = resolver.file_names.find(name.text);
  if (name.text == "_") {
    return;
  }
  if (known != resolver.locals.end()) {
    ++resolver.body->error_count;
    const bool is_own =
        std::any_of(own.begin(), own.end(), [&](const Local& local) { return &local == known->second; });
    if (is_own) {
      resolver.report.add(name.span, diag::NameTwice, name.text)
          .at_caret("defined again")
          .label(known->second->span, "first defined here");
    } else {
      report_hides(resolver, name, known->second->span);
    }
    return;
  }
  if (outer != resolver.file_names.end()) {
    ++resolver.body->error_count;
    report_hides(resolver, name, outer->second.span);
  }
  own.push_back({name.text, LocalKind::value, name.span, 0, 0, false});
  resolver.locals[name.text] = &own.back();
}

void resolve_train_line(Resolver& resolver, const syntax::Decl& declaration, std::deque<Local>& own) {
  const auto resolve_as = [&](TrainLine line, const syntax::Expr& expression) {
    resolver.train = line;
    resolve(resolver, expression, true);
  };
  resolver.train = TrainLine::value;
  if (const auto* target = std::get_if<syntax::TargetDecl>(&declaration.node)) {
    resolve_type(resolver, target->type, false);
    if (target->range) {
      resolve_range(resolver, *target->range);
    }
    define_in_train(resolver, target->name, own);
  } else if (const auto* loss = std::get_if<syntax::LossDecl>(&declaration.node)) {
    resolve_as(TrainLine::loss, *loss->value);
  } else if (const auto* metric = std::get_if<syntax::MetricDecl>(&declaration.node)) {
    resolve_as(TrainLine::metric, *metric->value);
  } else if (const auto* optimizer = std::get_if<syntax::OptimizerDecl>(&declaration.node)) {
    resolve_as(TrainLine::optimizer, *optimizer->value);
  } else if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
    resolve_as(TrainLine::loss, *bind->value);
    for (const syntax::BindTarget& bound : bind->targets) {
      define_in_train(resolver, bound.name, own);
    }
  } else if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
    resolve_optional(resolver, constant->value);
    define_in_train(resolver, constant->name, own);
  }
}

/// K210: `epochs = 10`, which no line of `train` reads.
void report_loose_values(Resolver& resolver, const syntax::TrainDecl& train) {
  for (const syntax::Decl& declaration : train.body.declarations) {
    const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node);
    const std::vector<syntax::BindTarget> none;
    for (const syntax::BindTarget& bound : bind == nullptr ? none : bind->targets) {
      const auto local = resolver.locals.find(bound.name.text);
      if (local == resolver.locals.end() || local->second->span != bound.name.span || local->second->mentions != 0 ||
          local->second->train_mentions != 0 || bound.name.text.front() == '_') {
        continue;
      }
      resolver.report.add(bound.name.span, diag::DanglingValue, bound.name.text)
          .at_caret("not used by any loss or metric")
          .help("use it or delete it; epochs, batches and data are given where a model is trained, not in `train`");
    }
  }
}

}  // namespace

bool explain_path(const Resolver& resolver, const std::string& name, const Span& span, Message& message) {
  const auto path = resolver.path_values.find(name);
  if (path == resolver.path_values.end()) {
    return false;
  }
  message.label(path->second->span, fmt::format("the value of `… as {}` is called `{}`", name, path->second->text))
      .help(fmt::format("`as` names weights; the value is `{}`", path->second->text), {span, path->second->text});
  if (const auto local = resolver.locals.find(path->second->text); local != resolver.locals.end()) {
    ++local->second->mentions;
  }
  return true;
}

bool explain_in_train(const Resolver& resolver, const std::string& name, const Span& span, Message& message) {
  if (resolver.train == TrainLine::none || resolver.train == TrainLine::value) {
    return false;
  }
  if (explain_path(resolver, name, span, message)) {
    return true;
  }
  if (catalogue::find_metric(name) != nullptr) {
    message.help(resolver.train == TrainLine::loss
                     ? fmt::format("`{}` is a metric, which has no gradient: write `metric {}(…)`", name, name)
                     : fmt::format("`{}` is a metric: write `metric {}(…)`", name, name));
    return true;
  }
  if (catalogue::find_loss(name) != nullptr) {
    message.help(fmt::format("`{}` is a loss: write `loss {}(…)`", name, name));
    return true;
  }
  if (catalogue::find_optimizer(name) != nullptr) {
    message.help(fmt::format("`{}` is an optimizer: write `optimizer {}(…)`", name, name));
    return true;
  }
  if (catalogue::find_schedule(name) != nullptr) {
    message.help(fmt::format("`{}` is a schedule, which an optimizer takes as its `lr`", name));
    return true;
  }
  return false;
}

void resolve_train(Resolver& resolver, const syntax::TrainDecl& train) {
  const std::map<std::string, Local*> outside = resolver.locals;
  std::deque<Local> own;
  const std::size_t errors = resolver.body->error_count;
  for (const syntax::Decl& declaration : train.body.declarations) {
    resolve_train_line(resolver, declaration, own);
  }
  if (resolver.body->error_count == errors && !resolver.body->has_unread_lines) {
    report_loose_values(resolver, train);
  }
  resolver.train = TrainLine::none;
  resolver.locals = outside;
}

namespace {

/// A name that a test gives: an input or a size of its model, or one of its own. K203 for any other name of the model,
/// which the model computes.
void define_in_test(Resolver& resolver, const syntax::Name& name, std::set<std::string>& given) {
  const auto known = resolver.locals.find(name.text);
  const bool is_given = known != resolver.locals.end() && !known->second->is_of_test &&
                        (known->second->kind == LocalKind::input || known->second->kind == LocalKind::dim);
  if (name.text == "N" || is_given) {
    if (!given.insert(name.text).second) {
      resolver.report.add(name.span, diag::NameTwice, name.text).at_caret("given again").help("delete one of them");
    }
    return;
  }
  if (known != resolver.locals.end() && !known->second->is_of_test) {
    ++resolver.body->error_count;
    resolver.report.add(name.span, diag::NameHides, name.text)
        .label(known->second->span, "the model computes it")
        .help("a test gives inputs and sizes; choose another name for a value of its own");
    return;
  }
  define_local(resolver, name, LocalKind::value);
  if (const auto own = resolver.locals.find(name.text); own != resolver.locals.end()) {
    own->second->is_of_test = true;
  }
}

/// A test sees every name of its model, wherever it stands.
void resolve_test(Resolver& resolver, const syntax::Body& body) {
  BodyFacts* const model = resolver.body;
  const std::map<std::string, Local*> locals = resolver.locals;
  resolver.body = &resolver.facts[&body];
  resolver.is_test = true;
  std::set<std::string> given;
  for (const syntax::Decl& declaration : body.declarations) {
    std::visit(Overloaded{
                   [&](const syntax::BindDecl& bind) {
                     for (const syntax::BindTarget& target : bind.targets) {
                       if (target.type) {
                         resolve_type(resolver, *target.type, false);
                       }
                     }
                     resolve(resolver, *bind.value, false);
                     for (const syntax::BindTarget& target : bind.targets) {
                       define_in_test(resolver, target.name, given);
                     }
                   },
                   [&](const syntax::ConstDecl& constant) {
                     resolve_optional(resolver, constant.value);
                     define_in_test(resolver, constant.name, given);
                   },
                   [&](const syntax::ExpectDecl& expect) {
                     resolve(resolver, *expect.condition, false);
                     resolve_optional(resolver, expect.within);
                   },
                   [](const auto&) {},
               },
               declaration.node);
  }
  resolver.is_test = false;
  resolver.locals = locals;
  resolver.body = model;
}

}  // namespace

void resolve_tests(Resolver& resolver, const std::vector<syntax::Decl>& declarations) {
  for (const syntax::Decl& declaration : declarations) {
    if (const auto* test = std::get_if<syntax::TestDecl>(&declaration.node)) {
      resolve_test(resolver, test->body);
    }
  }
}

}  // namespace kdlc::check
