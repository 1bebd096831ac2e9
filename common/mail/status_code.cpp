#include "common/mail/status_code.h"

#include <array>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::mail {

CodeClass class_of(unsigned reply_code)
{
    switch (reply_code / 100) {
    case 2:
        return CodeClass::success;
    case 3:
        return CodeClass::intermediate;
    case 4:
        return CodeClass::temporary;
    case 5:
        return CodeClass::permanent;
    default:
        return CodeClass::malformed;
    }
}

Result<EnhancedCode> EnhancedCode::parse(std::string_view text)
{
    const auto bad = [&] { return permanent("malformed enhanced status code: " + escape(text.substr(0, 32))); };
    const auto parts = split(text, '.');
    if (parts.size() != 3 || parts[0].size() != 1 || parts[1].size() > 3 || parts[2].size() > 3)
        return bad();
    EnhancedCode code;
    const std::array<unsigned*, 3> members = {&code.status, &code.subject, &code.detail};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = parse_unsigned(parts[i]);
        if (!number)
            return bad();
        *members[i] = static_cast<unsigned>(*number);
    }
    if (code.status != 2 && code.status != 4 && code.status != 5)
        return bad();
    return code;
}

std::string EnhancedCode::text() const
{
    return std::to_string(status) + "." + std::to_string(subject) + "." + std::to_string(detail);
}

std::string_view enhanced_at_start(std::string_view text)
{
    const auto word = text.substr(0, text.find_first_of(" \t\r\n"));
    if (word.size() < 5 || word.size() > 9 || !is_digit(word[0]) || word[1] != '.')
        return {};
    return EnhancedCode::parse(word) ? word : std::string_view{};
}

std::string usual_enhanced(unsigned reply_code)
{
    switch (class_of(reply_code)) {
    case CodeClass::success:
        return "2.0.0";
    case CodeClass::temporary:
        return "4.0.0";
    case CodeClass::permanent:
        return "5.0.0";
    default:
        return {};
    }
}

}
