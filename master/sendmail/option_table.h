// The options that say how something is done; what is to be done is a Mode (mode.h). One row for each
// word of Exim's and sendmail's command lines; where two rows fit, the longer word counts.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "master/sendmail/options.h"

namespace gp::sendmail {

struct OptionRow {
    enum class Value {
        none,       // the word stands alone
        attached,   // the rest of the word, which may be empty
        follows,    // the rest of the word, or the next argument
        may_follow, // the same, unless the next argument is an option too
        selection,  // "-Rf text", "-Rtext": letters, a blank and the text are handed on
        word_list,  // the rest of the word, or the next argument if that is a list for NOTIFY
    };
    std::string_view word;
    Value value = Value::none;
    // Null: known and refused. An error without a text means that the word is malformed.
    Status (*obey)(Options& options, const std::string& value) = nullptr;
    std::string_view text; // what it does; why not, for one that is refused
};

std::span<const OptionRow> option_rows();
// "success,failure": mail::Notify bits. Nothing when it is no such list (RFC 3461 section 4.1).
std::optional<std::uint32_t> notify_words(std::string_view text);

// Null: no such option.
const OptionRow* find_option(std::string_view word);

}
