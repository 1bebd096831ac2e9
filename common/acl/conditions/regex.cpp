// regex = EXPRESSION : …: a line of the message, or of the raw MIME part in hand, matches one of them (manual 45.5).
// Lines are cut at 32K octets, as in Exim.

#include "common/acl/pattern_list.h"

namespace gp::acl {
namespace {

constexpr std::size_t piece_size = 128 * 1024;

class RegexTest final : public PatternTest {
public:
    using PatternTest::PatternTest;

private:
    Result<bool> found(const std::vector<PatternList::Pattern>& patterns, Context& context) const override
    {
        std::string text;
        for (std::uint64_t at = 0;;) {
            const auto piece = TRY(context.contents->raw(at, piece_size));
            at += piece.size();
            text += piece;
            const bool is_last = piece.size() < piece_size;
            if (TRY(search(patterns, text, is_last, context)))
                return true;
            if (is_last)
                return false;
        }
    }

    // Whole lines of the text, which are then taken off it.
    static Result<bool> search(const std::vector<PatternList::Pattern>& patterns, std::string& text, bool is_last, Context& context)
    {
        std::string_view rest = text;
        while (!rest.empty()) {
            const auto end = rest.substr(0, PatternList::longest_subject).find('\n');
            if (end == std::string_view::npos && rest.size() < PatternList::longest_subject && !is_last)
                break;
            auto line = rest.substr(0, end == std::string_view::npos ? PatternList::longest_subject : end);
            rest.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            if (TRY(matches_one(patterns, line, context)))
                return true;
        }
        text.erase(0, text.size() - rest.size());
        return false;
    }
};

const RegisterCondition self{{
    .name = "regex",
    .allowed_at = where_data | where_not_smtp | where_mime | where_not_smtp_mime,
    .make = PatternTest::make<RegexTest>,
    .doc = "A line of the message, or of the MIME part in hand, matches a regular expression.",
}};

}
}
