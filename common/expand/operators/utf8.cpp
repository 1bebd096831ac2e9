// ${from_utf8:…}: to ISO-8859-1; ${utf8clean:…}: with ? for what is no UTF-8.

#include "common/expand/operator.h"

namespace gp::expand {
namespace {

struct Code {
    std::uint32_t value = 0;
    std::size_t size = 0; // 0: not well-formed
};

// RFC 3629 section 4: no overlong forms, no surrogates, nothing beyond U+10FFFF.
Code code_at(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return {first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size)
        return {};
    std::uint32_t value = first & (0x7f >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80)
            return {};
        value = value << 6 | (next & 0x3f);
    }
    const bool is_overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    if (is_overlong || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff)
        return {};
    return {value, size};
}

Result<Text> from_utf8(const OperatorCall& call)
{
    std::string out;
    std::string_view rest = call.subject.text;
    while (!rest.empty()) {
        const auto code = code_at(rest);
        out += code.size > 0 && code.value < 256 ? static_cast<char>(code.value) : '_';
        rest.remove_prefix(std::max<std::size_t>(code.size, 1));
    }
    return call.same_taint(std::move(out));
}

// How many octets at the front one "?" stands for: a lead octet with the continuations that belong to it.
std::size_t malformed_size(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t wanted = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    std::size_t size = 1;
    while (first < 0xf8 && size < wanted && size < text.size() &&
           (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
        ++size;
    return size;
}

Result<Text> utf8clean(const OperatorCall& call)
{
    std::string out;
    std::string_view rest = call.subject.text;
    while (!rest.empty()) {
        const auto code = code_at(rest);
        const auto size = code.size > 0 ? code.size : malformed_size(rest);
        out += code.size > 0 ? rest.substr(0, size) : std::string_view("?");
        rest.remove_prefix(size);
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "from_utf8", .apply = from_utf8, .doc = "UTF-8 in ISO-8859-1, with _ for the rest."}},
    RegisterOperator{{.name = "utf8clean", .apply = utf8clean, .doc = "With ? in place of what is no UTF-8."}},
};

}
}
