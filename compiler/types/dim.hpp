// Sizes of axes: numbers, symbols such as N and T, and arithmetic of these.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kdlc {

/// An affine form over symbols and opaque terms (`floor(T / 2)`), kept canonical, so that `==` is structural equality
/// of what is provably equal. Arithmetic that leaves 64 bits gives too_large(), which every further operation keeps:
/// the caller asks is_too_large() once, at the end.
class Dim {
public:
  enum class Opaque : std::uint8_t { symbol, floor_divide, remainder, product, minimum, maximum };
  struct Term;

  Dim();
  Dim(std::int64_t constant);  // NOLINT(google-explicit-constructor): a number is a Dim
  Dim(const Dim& other);
  Dim(Dim&& other) noexcept;
  Dim& operator=(const Dim& other);
  Dim& operator=(Dim&& other) noexcept;
  ~Dim();

  static Dim symbol(std::string name);
  /// The batch, `N`.
  static Dim batch() { return symbol("N"); }
  /// A size beyond 64 bits: no number, equal to no size of a tensor.
  static Dim too_large();

  [[nodiscard]] bool is_constant() const;
  /// Asserts is_constant().
  [[nodiscard]] std::int64_t constant() const;
  [[nodiscard]] bool is_symbol() const;
  [[nodiscard]] bool is_batch() const;
  [[nodiscard]] bool is_too_large() const;
  /// True when N appears in it.
  [[nodiscard]] bool mentions_batch() const;
  /// Every symbol that it mentions, sorted.
  [[nodiscard]] std::vector<std::string> symbols() const;
  /// Its value under an assignment of all of its symbols; nullopt when one is missing or the arithmetic overflows.
  [[nodiscard]] std::optional<std::int64_t> evaluate(const std::map<std::string, std::int64_t>& values) const;
  /// A number that it never exceeds when each symbol runs from 0 (or 1 for N) to its bound, the largest value where no
  /// symbol stands in two terms; nullopt when a bound is missing.
  [[nodiscard]] std::optional<std::int64_t> upper_bound(const std::map<std::string, std::int64_t>& bounds) const;
  /// As written in the language: `T - 2`, `floor(T / 2)`.
  [[nodiscard]] std::string to_text() const;

  /// The form itself, `constant_part + sum of terms`, for those that compute it at run time.
  [[nodiscard]] std::int64_t constant_part() const { return constant_; }
  [[nodiscard]] const std::vector<Term>& terms() const { return terms_; }

  bool operator==(const Dim&) const;

  friend Dim operator+(const Dim& left, const Dim& right);
  friend Dim operator-(const Dim& left, const Dim& right);
  friend Dim operator*(const Dim& left, const Dim& right);
  /// Rounds towards minus infinity; exact where the divisor divides every coefficient. Asserts that the divisor is not
  /// 0.
  friend Dim floor_divide(const Dim& left, const Dim& right);
  friend Dim remainder(const Dim& left, const Dim& right);
  friend Dim minimum(const Dim& left, const Dim& right);
  friend Dim maximum(const Dim& left, const Dim& right);
  /// The size q with q × divisor = total for all values of the symbols (but those that make the divisor 0); nullopt
  /// when none is found.
  friend std::optional<Dim> exact_quotient(const Dim& total, const Dim& divisor);

private:
  static Dim from_parts(std::int64_t constant, std::vector<Term> terms);
  static Dim opaque(Opaque kind, std::vector<Dim> operands);
  [[nodiscard]] Dim scaled(std::int64_t factor) const;

  std::int64_t constant_ = 0;
  std::vector<Term> terms_;  // sorted by their text; no zero coefficient
};

/// coefficient × (a symbol, or an operation on Dims that is not affine).
struct Dim::Term {
  std::int64_t coefficient = 1;
  Opaque opaque = Opaque::symbol;
  std::string symbol;
  std::vector<Dim> operands;

  bool operator==(const Term&) const;
};

// Here, where Term is complete.
inline Dim::Dim() = default;
inline Dim::Dim(std::int64_t constant) : constant_(constant) {}
inline Dim::Dim(const Dim& other) = default;
inline Dim::Dim(Dim&& other) noexcept = default;
inline Dim& Dim::operator=(const Dim& other) = default;
inline Dim& Dim::operator=(Dim&& other) noexcept = default;
inline Dim::~Dim() = default;

inline bool Dim::is_constant() const {
  return terms_.empty();
}

bool are_constant(const std::vector<Dim>& dims);
Dim ceil_divide(const Dim& left, const Dim& right);
/// `dim` with another size for a symbol, wherever it stands.
Dim substitute(const Dim& dim, const std::string& symbol, const Dim& size);
std::optional<Dim> exact_quotient(const Dim& total, const Dim& divisor);

}  // namespace kdlc
