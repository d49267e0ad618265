// Validates JSON against a schema of draft 4.
#include "cli/json_schema.hpp"

#include <regex>
#include <set>

#include "catch.hpp"

namespace kdlc::testing {

namespace {

using Json = nlohmann::json;

bool has_type(const Json& value, const std::string& type) {
  return type == "object"    ? value.is_object()
         : type == "array"   ? value.is_array()
         : type == "string"  ? value.is_string()
         : type == "boolean" ? value.is_boolean()
         : type == "integer" ? value.is_number_integer()
         : type == "number"  ? value.is_number()
                             : value.is_null();
}

class Validator {
public:
  explicit Validator(const Json& root) : root_(root) {}

  void check(const Json& value, const Json& schema, const std::string& place) {
    check_keywords(schema);
    if (schema.contains("$ref")) {
      const std::string reference = schema["$ref"].get<std::string>();
      check(value, root_.at(Json::json_pointer(reference.substr(1))), place);
    }
    if (schema.contains("type") && !has_type(value, schema["type"].get<std::string>())) {
      problems.push_back(place + " is no " + schema["type"].get<std::string>());
      return;
    }
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) {
      problems.push_back(place + " has a value that is not listed: " + value.dump());
    }
    if (value.is_object()) {
      check_object(value, schema, place);
    } else if (value.is_array()) {
      check_array(value, schema, place);
    } else if (value.is_string()) {
      check_text(value.get<std::string>(), schema, place);
    } else if (value.is_number()) {
      check_number(value.get<double>(), schema, place);
    }
    check_choices(value, schema, place);
  }

  std::vector<std::string> problems;

private:
  static void check_keywords(const Json& schema) {
    static const std::set<std::string> known = {"$ref",        "$schema",    "additionalProperties",
                                                "anyOf",       "default",    "definitions",
                                                "description", "enum",       "exclusiveMinimum",
                                                "format",      "id",         "items",
                                                "maximum",     "minItems",   "minLength",
                                                "minimum",     "oneOf",      "pattern",
                                                "properties",  "required",   "title",
                                                "type",        "uniqueItems"};
    for (const auto& [keyword, value] : schema.items()) {
      INFO(keyword);
      REQUIRE(known.contains(keyword));
    }
  }

  void check_object(const Json& value, const Json& schema, const std::string& place) {
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) {
        problems.push_back(place + " lacks " + name.get<std::string>());
      }
    }
    const Json properties = schema.value("properties", Json::object());
    const Json others = schema.value("additionalProperties", Json(true));
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        check(member, properties[name], place + "." + name);
      } else if (others.is_object()) {
        check(member, others, place + "." + name);
      } else if (!others.get<bool>()) {
        problems.push_back(place + " has the unknown property " + name);
      }
    }
  }

  void check_array(const Json& value, const Json& schema, const std::string& place) {
    if (value.size() < schema.value("minItems", std::size_t{0})) {
      problems.push_back(place + " has too few items");
    }
    if (schema.value("uniqueItems", false) && std::set<Json>(value.begin(), value.end()).size() != value.size()) {
      problems.push_back(place + " has an item twice");
    }
    for (std::size_t index = 0; schema.contains("items") && index < value.size(); ++index) {
      check(value[index], schema["items"], place + "[" + std::to_string(index) + "]");
    }
  }

  void check_text(const std::string& value, const Json& schema, const std::string& place) {
    if (schema.contains("pattern") && !std::regex_search(value, std::regex(schema["pattern"].get<std::string>()))) {
      problems.push_back(place + " does not match " + schema["pattern"].get<std::string>());
    }
    const bool is_uri = schema.value("format", "").starts_with("uri");
    if (is_uri && value.find_first_of(" <>\"{}|\\^`") != std::string::npos) {
      problems.push_back(place + " is no URI: " + value);
    }
  }

  void check_number(double value, const Json& schema, const std::string& place) {
    if (value < schema.value("minimum", value) || value > schema.value("maximum", value)) {
      problems.push_back(place + " is out of range");
    }
  }

  /// anyOf and oneOf: some schema must fit.
  void check_choices(const Json& value, const Json& schema, const std::string& place) {
    for (const char* keyword : {"anyOf", "oneOf"}) {
      bool fits = !schema.contains(keyword);
      for (const Json& choice : schema.value(keyword, Json::array())) {
        Validator trial(root_);
        trial.check(value, choice, place);
        fits = fits || trial.problems.empty();
      }
      if (!fits) {
        problems.push_back(place + " fits none of the choices of " + keyword);
      }
    }
  }

  const Json& root_;
};

}  // namespace

std::vector<std::string> validate(const Json& document, const Json& schema) {
  Validator validator(schema);
  validator.check(document, schema, "$");
  return validator.problems;
}

}  // namespace kdlc::testing
