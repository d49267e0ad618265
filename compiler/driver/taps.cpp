// Taps: finds values by the names that a person knows them by.
#include "driver/taps.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "diagnostics/kinds.hpp"
#include "driver/tap_text.hpp"
#include "support/nearest_name.hpp"
#include "weights/weights.hpp"

namespace kdlc::driver {

namespace {

/// `conv1`, or `conv1=conv1.npy`.
struct WantedTap {
  std::string name;
  std::string file;
};

std::vector<WantedTap> wanted_taps(const Arguments& arguments) {
  std::vector<WantedTap> wanted;
  for (const std::string& word : arguments.taps) {
    for (std::size_t begin = 0; begin <= word.size();) {
      const std::size_t comma = std::min(word.find(',', begin), word.size());
      const std::string part = word.substr(begin, comma - begin);
      const std::size_t equals = std::min(part.find('='), part.size());
      wanted.push_back({part.substr(0, equals), equals == part.size() ? "" : part.substr(equals + 1)});
      begin = comma + 1;
    }
  }
  return wanted;
}

/// A value with a `tap` behind it.
struct Label {
  std::string name;  // that of the value: `stage.2.after pool`, with the turn of a `repeat` behind it
  std::string path;  // without the turn
  std::string text;  // as written
  graph::NodeId node;
};

/// The turns of the `repeat`s around at the end of a path: `.0.1` of `h.tap.0.1`.
std::string turns_of(const std::string& path) {
  const std::size_t last = path.find_last_not_of(".0123456789");
  const std::size_t dot = last == std::string::npos ? std::string::npos : path.find('.', last);
  return dot == std::string::npos ? "" : path.substr(dot);
}

/// All values of a graph by their names; a name that several share stands for the first, and `name#2` for the next.
class ValueTable {
public:
  explicit ValueTable(const check::CheckedModel& model) : graph_(model.graph) {
    for (const check::NamedValue& value : model.named_values) {
      add(value.name, value.node);
    }
    for (const graph::OutputInfo& output : graph_.outputs) {
      add(output.name, output.node);
    }
    for (const graph::Record& record : graph_.records) {
      add_record(record);
    }
    for (const graph::ParameterInfo& parameter : graph_.parameters) {
      add(parameter.path, parameter.node);
    }
    for (const graph::NodeId id : graph_.nodes.ids()) {
      if (graph_.node(id).op == graph::Op::constant) {
        add_constant(graph::attributes<graph::ConstantAttributes>(graph_.node(id)).name, id);
      }
    }
  }

  /// One value, or all that a label stands for; none for a name that is not known.
  [[nodiscard]] std::vector<check::NamedValue> find(const std::string& name) const {
    std::vector<check::NamedValue> found;
    for (const Label& label : labels_) {
      if (name == label.name || name == label.path || name == label.text) {
        found.push_back({label.name, label.node});
      }
    }
    if (const auto value = values_.find(name); found.empty() && value != values_.end()) {
      found.push_back({name, value->second});
    }
    return found;
  }
  [[nodiscard]] const std::vector<Label>& labels() const { return labels_; }

  /// What `name` may have been meant to be: the ends of longer paths, then the nearest spelling.
  [[nodiscard]] std::vector<std::string> guess(const std::string& name) const {
    constexpr std::size_t kMostGuesses = 5;
    std::vector<std::string> names;
    std::vector<std::string> guesses;
    for (const auto& [known, node] : values_) {
      names.push_back(known);
      if (known.ends_with("." + name) && guesses.size() < kMostGuesses) {
        guesses.push_back(known);
      }
    }
    if (const auto near = nearest_name(name, names); near.has_value() && guesses.empty()) {
      guesses.push_back(*near);
    }
    return guesses;
  }

private:
  void add(const std::string& name, graph::NodeId node) {
    if (!node.has_value()) {
      return;
    }
    const auto [first, is_new] = values_.try_emplace(name, node);
    if (is_new || first->second == node) {
      return;
    }
    const int number = ++count_of_[name];
    values_.try_emplace(name + "#" + std::to_string(number + 1), node);
  }

  void add_constant(const std::string& name, graph::NodeId node) {
    if (!name.empty()) {
      add(name, node);
    }
  }

  void add_record(const graph::Record& record) {
    for (std::size_t index = 0; index < record.results.size(); ++index) {
      add(index == 0 ? record.path : record.path + ":" + std::to_string(index), record.results[index]);
    }
    if (record.kind == "tap" && !record.results.empty()) {
      const std::string block = record.parent.has_value() ? graph_.records[record.parent].path + "." : "";
      const std::string path = block + record.details;
      labels_.push_back({path + turns_of(record.path), path, record.details, record.results.front()});
      add(labels_.back().name, record.results.front());
    }
  }

  const graph::Graph& graph_;
  std::map<std::string, graph::NodeId> values_;
  std::map<std::string, int> count_of_;  // of further values of a name
  std::vector<Label> labels_;
};

void report_unknown(const std::string& name, const ValueTable& values, const graph::Graph& graph, Report& report) {
  Message& message = report.add(Span{}, diag::UnknownTap, name, graph.name);
  std::string list;
  for (const std::string& guess : values.guess(name)) {
    list += (list.empty() ? "`" : ", `") + guess + "`";
  }
  message.help(list.empty() ? "`kdlc summary` lists the layers with their paths" : "did you mean " + list + "?");
}

/// The file for a tap; empty when it is to be printed.
std::string file_of(const std::string& name, const std::vector<WantedTap>& wanted) {
  for (const WantedTap& tap : wanted) {
    if (tap.name == name) {
      return tap.file;
    }
  }
  return "";
}

void add_tap(const check::NamedValue& value, std::set<std::string>& taken, graph::Graph& graph) {
  if (taken.insert(value.name).second) {
    graph.outputs.push_back({.name = value.name, .doc = "", .span = {}, .node = value.node, .is_tap = true});
  }
}

}  // namespace

bool add_taps(check::CheckedModel& model, Session& session) {
  const std::vector<WantedTap> wanted = wanted_taps(session.arguments);
  if (wanted.empty() && !session.arguments.with_taps) {
    return true;
  }
  const ValueTable values(model);
  std::set<std::string> taken;
  bool is_fine = true;
  for (const WantedTap& tap : wanted) {
    const std::vector<check::NamedValue> found = values.find(tap.name);
    if (found.empty()) {
      report_unknown(tap.name, values, model.graph, session.report);
      is_fine = false;
    } else if (found.size() > 1 && !tap.file.empty()) {
      session.report.add(Span{}, diag::OptionValue, "--tap", tap.name + "=" + tap.file,
                         "the name of one value: the label stands in " + std::to_string(found.size()) +
                             " applications, such as `" + found.front().name + "`");
      is_fine = false;
    }
    for (const check::NamedValue& value : found) {
      add_tap({found.size() == 1 ? tap.name : value.name, value.node}, taken, model.graph);
    }
  }
  if (session.arguments.with_taps) {
    for (const Label& label : values.labels()) {
      add_tap({label.name, label.node}, taken, model.graph);
    }
  }
  return is_fine;
}

void tell_taps(const graph::Graph& graph, const std::vector<TensorData>& outputs, Session& session) {
  const std::vector<WantedTap> wanted = wanted_taps(session.arguments);
  for (std::size_t index = graph::declared_outputs(graph).size(); index < graph.outputs.size(); ++index) {
    const std::string& name = graph.outputs[index].name;
    if (const std::string file = file_of(name, wanted); file.empty()) {
      session.console.print(tap_text(name, outputs[index]));
    } else {
      weights::write_npy(file, outputs[index], session.report);
    }
  }
}

}  // namespace kdlc::driver
