// Exim filter text to a tree (the filter manual, chapter 3). Used by filter.h and by the files in commands/
// and conditions/; errors are Exim's, with Exim's line numbers.
#pragma once

#include <string>
#include <string_view>

#include "common/filter/reader.h"
#include "common/filter/rules.h"
#include "common/filter/words.h"

namespace gp::filter {

class Parser {
public:
    Parser(const Words& words, const Rules& rules, std::string_view text, unsigned line)
        : words_(words), rules_(rules), reader_(text, line)
    {
    }

    Result<Steps> file();

    // For commands.
    Reader& reader() { return reader_; }
    const Rules& rules() const { return rules_; }
    // The command's argument; `command` may not go without.
    Result<std::string> argument(std::string_view command);
    // seen, unseen and noerror mean nothing to the command.
    Status no_prefix(std::string_view command, const Prefix& prefix) const;
    // The command is not for this filter.
    Error disabled(std::string_view command) const
    {
        return reader_.near("filtering command \"" + std::string(command) + "\" is disabled:");
    }
    // Commands up to elif, else or endif, which is left in end_word().
    Result<Steps> block();
    const std::string& end_word() const { return end_word_; }
    // A whole condition up to "then", or up to the bracket that closes it.
    Result<TestPtr> condition(bool in_brackets);
    // Nesting of blocks and brackets is bounded.
    Status enter();
    void leave() { --depth_; }

private:
    Result<Steps> commands(bool in_if);
    Result<Prefix> prefix(std::string& word);
    Result<std::unique_ptr<Step>> command(const std::string& word, const Prefix& prefix);
    Result<std::string> command_word();
    Result<TestPtr> single_test();
    Result<TestPtr> comparison(std::string left);
    const Comparison* find_comparison(std::string_view word, bool& is_caseful) const;
    Result<std::string> connective(bool in_brackets);

    const Words& words_;
    const Rules& rules_;
    Reader reader_;
    std::string end_word_;
    std::size_t depth_ = 0;
};

}
