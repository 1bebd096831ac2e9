// The spool's form of a struct with fields(): what records and envelopes are made of.
//
//   struct   field, field, ...      field   u8 length of its name, the name, varint length, value
//   value    bool, integers, enums: varint (zigzag when signed)    string: its octets
//            struct: its fields     vector: for each element, varint length, value
//
// Made to outlive releases: a field with its default value is not written, an absent one keeps its
// default, one with an unknown name is skipped. The wire's form (ipc/codec.h) is strict instead,
// because both ends are of one build. Reading trusts nothing: every length is checked against what is
// left, depth and counts are bounded.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/base/result.h"
#include "common/mail/envelope.h"
#include "common/spool/detail/octets.h"

namespace gp::spool {

inline constexpr int max_field_depth = 8;
inline constexpr std::size_t max_elements = 1'000'000; // of one vector

// --- writing ---

template <class T>
void write_fields(std::string& out, const T& value);

namespace detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

constexpr std::uint64_t zigzag(std::int64_t n)
{
    return (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t n)
{
    return static_cast<std::int64_t>((n >> 1) ^ (~(n & 1) + 1));
}

// The members of a default T, in the order of fields(): a member that equals its own is not written.
template <class T>
const std::vector<const void*>& default_members()
{
    static const T blank{};
    static const std::vector<const void*> members = [] {
        std::vector<const void*> found;
        T::fields(blank, [&](std::string_view, const auto& member) { found.push_back(&member); });
        return found;
    }();
    return members;
}

template <class T>
void put_value(std::string& out, const T& value);

// The length of what `write` appends, in front of it. Nearly always one octet, so guess that and
// make room for more where the guess was wrong.
void put_measured(std::string& out, auto&& write)
{
    const auto at = out.size();
    out.push_back('\0');
    write();
    const auto size = out.size() - at - 1;
    if (size < 0x80) {
        out[at] = static_cast<char>(size);
        return;
    }
    std::string length;
    append_varint(length, size);
    out.replace(at, 1, length);
}

template <class T>
void put_value(std::string& out, const T& value)
{
    if constexpr (std::same_as<T, std::string>)
        out.append(value);
    else if constexpr (std::is_enum_v<T>)
        append_varint(out, static_cast<std::uint64_t>(value));
    else if constexpr (std::signed_integral<T>)
        append_varint(out, zigzag(static_cast<std::int64_t>(value)));
    else if constexpr (std::unsigned_integral<T>) // bool too
        append_varint(out, static_cast<std::uint64_t>(value));
    else if constexpr (IsVector<T>::value)
        for (const auto& element : value)
            put_measured(out, [&] { put_value(out, element); });
    else
        write_fields(out, value);
}

class Writer {
public:
    Writer(std::string& out, const std::vector<const void*>& defaults) : out_(out), defaults_(defaults) {}

    template <class F>
    void operator()(std::string_view name, const F& value)
    {
        if (is_default(value, *static_cast<const F*>(defaults_[next_++])))
            return;
        const auto start = out_.size();
        out_.push_back(static_cast<char>(name.size()));
        out_.append(name);
        const auto before = out_.size();
        put_measured(out_, [&] { put_value(out_, value); });
        // A struct all of whose fields have their defaults.
        if (std::is_class_v<F> && !std::same_as<F, std::string> && out_.size() == before + 1)
            out_.resize(start);
    }

private:
    template <class F>
    static bool is_default(const F& value, const F& normal)
    {
        if constexpr (IsVector<F>::value)
            return value.empty() && normal.empty();
        else if constexpr (std::is_class_v<F> && !std::same_as<F, std::string>)
            return false;
        else
            return value == normal;
    }

    std::string& out_;
    const std::vector<const void*>& defaults_;
    std::size_t next_ = 0;
};

}

template <class T>
void write_fields(std::string& out, const T& value)
{
    detail::Writer writer{out, detail::default_members<T>()};
    T::fields(value, writer);
}

// --- reading ---

namespace detail {

// What was wrong first, and how deep we are.
struct ReadState {
    std::string error;
    int depth = 0;

    bool fail(std::string_view what, std::string_view field)
    {
        if (error.empty())
            error = std::string(what) + " " + std::string(field);
        return false;
    }
};

template <class T>
bool read_struct(std::string_view in, T& value, ReadState& state);

template <class T>
bool get_number(std::string_view in, T& value, std::string_view field, ReadState& state)
{
    const auto raw = take_varint(in);
    if (!raw || !in.empty())
        return state.fail("no number in field", field);
    if constexpr (std::is_enum_v<T>) {
        std::uint64_t limit = std::numeric_limits<std::underlying_type_t<T>>::max();
        if constexpr (requires { enum_limit(T{}); })
            limit = static_cast<std::uint64_t>(enum_limit(T{}));
        if (*raw > limit)
            return state.fail("no such value for field", field);
        value = static_cast<T>(*raw);
    } else if constexpr (std::signed_integral<T>) {
        const auto number = unzigzag(*raw);
        if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max())
            return state.fail("number out of range in field", field);
        value = static_cast<T>(number);
    } else {
        if (*raw > static_cast<std::uint64_t>(std::numeric_limits<T>::max()))
            return state.fail("number out of range in field", field);
        value = static_cast<T>(*raw);
    }
    return true;
}

template <class T>
bool get_value(std::string_view in, T& value, std::string_view field, ReadState& state);

template <class V>
bool get_elements(std::string_view in, V& values, std::string_view field, ReadState& state)
{
    values.clear();
    while (!in.empty()) {
        const auto size = take_varint(in);
        if (!size || *size > in.size())
            return state.fail("truncated element in field", field);
        if (values.size() >= max_elements)
            return state.fail("too many elements in field", field);
        if (!get_value(in.substr(0, *size), values.emplace_back(), field, state))
            return false;
        in.remove_prefix(*size);
    }
    return true;
}

template <class T>
bool get_value(std::string_view in, T& value, std::string_view field, ReadState& state)
{
    if constexpr (std::same_as<T, std::string>) {
        value.assign(in);
        return true;
    } else if constexpr (IsVector<T>::value) {
        return get_elements(in, value, field, state);
    } else if constexpr (std::is_class_v<T>) {
        if (++state.depth > max_field_depth)
            return state.fail("nested too deeply in field", field);
        const bool read = read_struct(in, value, state);
        --state.depth;
        return read;
    } else {
        return get_number(in, value, field, state);
    }
}

// A name and its value, taken off the front of what is left.
struct Field {
    std::string_view name, octets;

    // False at the end, and after an error.
    bool take(std::string_view& in, ReadState& state)
    {
        name = {};
        if (in.empty() || !state.error.empty())
            return false;
        const std::size_t name_size = static_cast<unsigned char>(in[0]);
        if (name_size == 0 || in.size() < 1 + name_size)
            return state.fail("truncated name of a", "field");
        const auto found = in.substr(1, name_size);
        in.remove_prefix(1 + name_size);
        const auto size = take_varint(in);
        if (!size || *size > in.size())
            return state.fail("truncated", "field");
        name = found;
        octets = in.substr(0, *size);
        in.remove_prefix(*size);
        return true;
    }
};

// Fields stand in the order of the members, as they were written: one walk over the members takes all of them, unless
// they come from another release.
template <class T>
bool read_struct(std::string_view in, T& value, ReadState& state)
{
    Field next;
    bool has_next = next.take(in, state);
    while (has_next) {
        bool is_known = false;
        T::fields(value, [&](std::string_view member_name, auto& member) {
            if (!has_next || member_name != next.name)
                return;
            is_known = true;
            get_value(next.octets, member, member_name, state);
            has_next = next.take(in, state);
        });
        if (!is_known)
            has_next = next.take(in, state);
    }
    return state.error.empty();
}

}

// Into a value that has its defaults. On an error it may have some of the fields.
template <class T>
Status read_fields(std::string_view octets, T& into)
{
    detail::ReadState state;
    if (!detail::read_struct(octets, into, state))
        return permanent(std::move(state.error));
    return {};
}

template <class T>
Result<T> read_fields(std::string_view octets)
{
    T value{};
    TRY(read_fields(octets, value));
    return value;
}

// An envelope as it stands in a message's record and in cleanup's Commit.
std::string encode_envelope(const mail::Envelope& envelope);
Result<mail::Envelope> decode_envelope(std::string_view octets);
// Into one that has its defaults; without the copies that an Envelope by value costs.
Status decode_envelope(std::string_view octets, mail::Envelope& into);

}
