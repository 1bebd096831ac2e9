#define PCRE2_CODE_UNIT_WIDTH 8

#include "qmgr/regex.h"

#include <pcre2.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::qmgr {
namespace {

constexpr std::uint32_t match_limit = 100'000;
constexpr std::uint32_t depth_limit = 1'000;

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

PCRE2_SPTR octets(std::string_view text)
{
    return reinterpret_cast<PCRE2_SPTR>(text.data());
}

class Matcher {
public:
    Matcher() : context_(pcre2_match_context_create(nullptr))
    {
        pcre2_set_match_limit(context_.get(), match_limit);
        pcre2_set_depth_limit(context_.get(), depth_limit);
    }

    bool matches(std::string_view regex, std::string_view subject)
    {
        const auto* code = compiled(regex);
        if (!code)
            return false;
        const std::unique_ptr<pcre2_match_data, FreeData> data{
            pcre2_match_data_create_from_pattern(code, nullptr)};
        return pcre2_match(code, octets(subject), subject.size(), 0, 0, data.get(), context_.get()) >= 0;
    }

private:
    const pcre2_code* compiled(std::string_view regex)
    {
        if (const auto at = codes_.find(regex); at != codes_.end())
            return at->second.get();
        int error = 0;
        PCRE2_SIZE where = 0;
        std::unique_ptr<pcre2_code, FreeCode> code{
            pcre2_compile(octets(regex), regex.size(), PCRE2_CASELESS, &error, &where, nullptr)};
        if (!code)
            log::alarm("retry rule: regular expression \"" + escape(regex) + "\" is wrong at offset " +
                       std::to_string(where));
        return codes_.emplace(std::string(regex), std::move(code)).first->second.get();
    }

    std::unique_ptr<pcre2_match_context, FreeContext> context_;
    std::unordered_map<std::string, std::unique_ptr<pcre2_code, FreeCode>, TextHash, std::equal_to<>> codes_;
};

}

RegexMatcher pcre_matcher()
{
    return [matcher = std::make_shared<Matcher>()](std::string_view regex, std::string_view subject) {
        return matcher->matches(regex, subject);
    };
}

}
