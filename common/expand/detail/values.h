// Short words for the tables in variables/.
#pragma once

#include <string>
#include <string_view>

#include "common/expand/scene.h"
#include "common/expand/variable.h"

namespace gp::expand {

using Got = Result<Text>;

inline Got clean(std::string_view words)
{
    Got out{Text{}}; // filled in place: it is asked for each variable of each text
    out->text = words;
    return out;
}
inline Got clean(std::int64_t number)
{
    return Text::clean(std::to_string(number));
}
// `source` is the variable's name with its dollar: a literal.
inline Got tainted(std::string_view words, std::string_view source)
{
    Got out{Text{}};
    if (!words.empty()) {
        out->text = words;
        out->taint = source;
    }
    return out;
}
inline Got flag(bool value)
{
    return Text::clean(value ? "1" : "0");
}
inline Got yes_no(bool value)
{
    return Text::clean(value ? "yes" : "no");
}
// What is unset shows as Exim's (uid_t)(-1).
inline Got id(std::int64_t number)
{
    return Text::clean(std::to_string(static_cast<std::uint32_t>(number)));
}

// An absent message, address or origin reads as one in which nothing is set.
inline const Message& message_of(const Scene& scene)
{
    static const Message none;
    return scene.message ? *scene.message : none;
}
inline const Address& address_of(const Scene& scene)
{
    static const Address none;
    return scene.address ? *scene.address : none;
}
inline const mail::Origin& origin_of(const Scene& scene)
{
    static const mail::Origin none;
    return scene.origin ? *scene.origin : none;
}

}
