#include "common/lookup/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace gp::lookup {
namespace {

constexpr std::uint32_t match_limit = 2'000'000; // steps; PCRE2's own default is 10,000,000
constexpr std::uint32_t heap_limit = 16 * 1024;  // KiB

std::string reason(int code)
{
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

// The stack that translated patterns run on: a fiber's own is too small for deep ones.
pcre2_jit_stack* jit_stack(void*)
{
    struct Delete {
        void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
    };
    static thread_local std::unique_ptr<pcre2_jit_stack, Delete> stack(
        pcre2_jit_stack_create(32 * 1024, 1024 * 1024, nullptr));
    return stack.get();
}

}

struct Regex::Code {
    pcre2_code* code = nullptr;
    pcre2_match_data* data = nullptr; // one match at a time: no fiber suspends inside one
    pcre2_match_context* context = nullptr;
    bool is_translated = false;

    Code() = default;
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
    ~Code()
    {
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
        pcre2_code_free(code);
    }
};

Result<Regex> Regex::compile(std::string_view pattern, unsigned flags)
{
    std::uint32_t options = 0;
    if (flags & caseless)
        options |= PCRE2_CASELESS;
    if (flags & dot_all)
        options |= PCRE2_DOTALL;
    auto made = std::make_shared<Code>();
    int error = 0;
    PCRE2_SIZE offset = 0;
    made->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error,
                               &offset, nullptr);
    if (!made->code)
        return misconfigured("regular expression error in \"" + std::string(pattern) + "\": " + reason(error) +
                             " at offset " + std::to_string(offset));
    made->data = pcre2_match_data_create_from_pattern(made->code, nullptr);
    made->context = pcre2_match_context_create(nullptr);
    if (!made->data || !made->context)
        return temporary("no memory for a regular expression", Cause::no_space);
    pcre2_set_match_limit(made->context, match_limit);
    pcre2_set_heap_limit(made->context, heap_limit);
    Regex out;
    out.code_ = std::move(made);
    return out;
}

void Regex::speed_up()
{
    if (!code_ || code_->is_translated)
        return;
    // Where the processor or the jail forbids it the pattern is interpreted.
    code_->is_translated = pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE) == 0;
    if (code_->is_translated)
        pcre2_jit_stack_assign(code_->context, jit_stack, nullptr);
}

Result<bool> Regex::match(std::string_view subject, std::vector<Span>& groups, std::size_t start,
                          bool not_empty_here) const
{
    if (!code_)
        return false;
    const std::uint32_t options = not_empty_here ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
    const int count = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), start,
                                  options, code_->data, code_->context);
    if (count == PCRE2_ERROR_NOMATCH)
        return false;
    if (count < 0)
        return temporary("regular expression could not be matched: " + reason(count));
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(code_->data);
    groups.assign(static_cast<std::size_t>(count), {});
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (ends[2 * i] == PCRE2_UNSET)
            continue;
        // \K in a look-ahead can put the start behind the end.
        groups[i] = {std::min(ends[2 * i], ends[2 * i + 1]), ends[2 * i + 1], true};
    }
    return true;
}

Result<bool> Regex::matches(std::string_view subject) const
{
    std::vector<Span> groups;
    return match(subject, groups);
}

std::vector<std::string> captured(std::string_view subject, const std::vector<Regex::Span>& groups)
{
    std::vector<std::string> out;
    out.reserve(groups.size());
    for (const auto& group : groups)
        out.emplace_back(group.is_set ? subject.substr(group.from, group.to - group.from) : std::string_view{});
    return out;
}

}
