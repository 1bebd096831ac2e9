// A Sieve script's commands to a tree (RFC 5228 section 8.2). Commands and tests read their own arguments with
// what is here. Errors are Exim's where it has one, with the line.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "common/filter/rules.h"
#include "common/sieve/scanner.h"
#include "common/sieve/words.h"

namespace gp::sieve {

class Parser {
public:
    Parser(std::string_view text, const Words& words, const filter::Rules& rules)
        : words_(words), rules_(rules), scanner_(text)
    {
    }

    // Everything up to the end or to the first error, which is left in `fault`: what was read before it may
    // end the script by "stop", and then the rest does not count, as in Exim.
    Steps script(Status& fault);

    Scanner& scanner() { return scanner_; }
    Error error(std::string text) const { return scanner_.error(std::move(text)); }
    const filter::Rules& rules() const { return rules_; }
    const Words& words() const { return words_; }

    // { commands }
    Result<Steps> block();
    Result<TestPtr> test();
    Result<std::vector<TestPtr>> test_list(); // ( test, … )
    Status semicolon();

    // A string; `missing` is the error when there is none.
    Result<std::string> string(std::string_view missing);
    Result<std::vector<std::string>> string_list(std::string_view missing);
    // The string, or nothing when there is none.
    Result<std::optional<std::string>> maybe_string();
    Result<std::int64_t> number(std::string_view missing);

    Status require(const std::string& capability);
    bool has(std::string_view capability) const { return required_.contains(capability); }
    // An error that names the require that is missing.
    Status needs(std::string_view capability) const;
    bool require_is_over() const { return require_is_over_; }

    // Errors inside of a block end the script there; the block keeps what it has.
    bool is_broken() const { return !fault_; }
    void break_off(Error error) { fault_ = std::move(error); }

private:
    Result<StepPtr> command(const std::string& word);
    void commands(Steps& into);
    Status enter();

    const Words& words_;
    const filter::Rules& rules_;
    Scanner scanner_;
    std::set<std::string, std::less<>> required_;
    Status fault_;
    bool require_is_over_ = false;
    std::size_t depth_ = 0;
};

}
