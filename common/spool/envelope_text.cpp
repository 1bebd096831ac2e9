#include "common/spool/envelope_text.h"

#include <concepts>
#include <map>

#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/spool/fields.h"

namespace gp::spool {
namespace {

std::string quote(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (is_printable(c) && c != '%')
            out.push_back(c);
        else
            out += "%" + upper(hex_encode({&c, 1}));
    }
    return out;
}

Result<std::string> unquote(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const auto octet = hex_decode(text.substr(i + 1, 2));
        if (!octet || octet->size() != 1)
            return permanent("% without two hexadecimal digits");
        out += *octet;
        i += 2;
    }
    return out;
}

// --- writing ---

template <class T>
void write_text(std::string& out, const std::string& path, const T& value);

template <class T>
void write_members(std::string& out, const std::string& prefix, const T& value)
{
    std::size_t next = 0;
    const auto& defaults = detail::default_members<T>();
    T::fields(value, [&](std::string_view name, const auto& member) {
        using Member = std::remove_cvref_t<decltype(member)>;
        const auto& normal = *static_cast<const Member*>(defaults[next++]);
        if constexpr (std::same_as<Member, std::string> || !std::is_class_v<Member>)
            if (member == normal)
                return;
        write_text(out, prefix + std::string(name), member);
    });
}

// An element that is all defaults still counts: its first member says that it is there.
template <class T>
void write_element(std::string& out, const std::string& path, const T& value)
{
    const auto before = out.size();
    write_text(out, path, value);
    if constexpr (std::is_class_v<T> && !std::same_as<T, std::string>)
        if (out.size() == before) {
            bool first = true;
            T::fields(value, [&](std::string_view name, const auto& member) {
                if (std::exchange(first, false))
                    write_text(out, path + "." + std::string(name), member);
            });
        }
}

template <class T>
void write_text(std::string& out, const std::string& path, const T& value)
{
    if constexpr (std::same_as<T, std::string>)
        out += path + ": " + quote(value) + "\n";
    else if constexpr (std::same_as<T, bool>)
        out += path + ": " + (value ? "yes" : "no") + "\n";
    else if constexpr (std::is_enum_v<T>)
        out += path + ": " + std::to_string(static_cast<unsigned>(value)) + "\n";
    else if constexpr (std::integral<T>)
        out += path + ": " + std::to_string(value) + "\n";
    else if constexpr (detail::IsVector<T>::value)
        for (std::size_t i = 0; i < value.size(); ++i)
            write_element(out, path + "." + std::to_string(i), value[i]);
    else
        write_members(out, path + ".", value);
}

// --- reading ---

constexpr std::size_t max_index = 1'000'000;

template <class T>
Status read_text(T& into, std::string_view path, std::string_view text);

template <class T>
Status read_number(T& into, std::string_view text)
{
    if constexpr (std::signed_integral<T>) {
        into = static_cast<T>(TRY(parse_integer(text)));
    } else {
        const auto number = TRY(parse_unsigned(text));
        std::uint64_t limit = std::uint64_t{std::numeric_limits<std::uint32_t>::max()};
        if constexpr (std::is_enum_v<T>)
            limit = static_cast<std::uint64_t>(enum_limit(T{}));
        if (number > limit)
            return permanent("the number is too large");
        into = static_cast<T>(number);
    }
    return {};
}

template <class V>
Status read_element(V& into, std::string_view path, std::string_view text)
{
    const auto dot = path.find('.');
    const auto index = TRY(parse_unsigned(path.substr(0, dot)));
    if (index >= max_index || index > into.size())
        return permanent("elements are to be numbered from 0, one after the other");
    if (index == into.size())
        into.emplace_back();
    return read_text(into[index], dot == path.npos ? std::string_view{} : path.substr(dot + 1), text);
}

template <class T>
Status read_member(T& into, std::string_view path, std::string_view text)
{
    const auto dot = path.find('.');
    const auto wanted = path.substr(0, dot);
    const auto below = dot == path.npos ? std::string_view{} : path.substr(dot + 1);
    Status status = permanent("no such field");
    T::fields(into, [&](std::string_view name, auto& member) {
        if (name == wanted)
            status = read_text(member, below, text);
    });
    return status;
}

template <class T>
Status read_text(T& into, std::string_view path, std::string_view text)
{
    if constexpr (detail::IsVector<T>::value) {
        return read_element(into, path, text);
    } else if constexpr (std::is_class_v<T> && !std::same_as<T, std::string>) {
        return read_member(into, path, text);
    } else {
        if (!path.empty())
            return permanent("no such field");
        if constexpr (std::same_as<T, std::string>) {
            into = TRY(unquote(text));
        } else if constexpr (std::same_as<T, bool>) {
            if (text != "yes" && text != "no")
                return permanent("yes or no is expected");
            into = text == "yes";
        } else {
            return read_number(into, text);
        }
        return {};
    }
}

}

std::string envelope_to_text(const mail::Envelope& envelope)
{
    std::string out;
    write_members(out, "", envelope);
    return out;
}

Result<mail::Envelope> envelope_from_text(std::string_view text)
{
    mail::Envelope envelope;
    std::size_t number = 0;
    for (auto line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.empty() || line.starts_with('#'))
            continue;
        const auto colon = line.find(':');
        const auto fail = [&](std::string_view what) {
            return permanent("line " + std::to_string(number) + ": " + std::string(what));
        };
        if (colon == line.npos)
            return fail("no colon");
        auto value = line.substr(colon + 1);
        if (value.starts_with(' '))
            value.remove_prefix(1);
        if (auto read = read_text(envelope, line.substr(0, colon), value); !read)
            return fail(escape(line.substr(0, colon)) + ": " + read.error().text);
    }
    return envelope;
}

}
