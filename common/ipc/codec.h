// fields() to octets and back.
//
// Wire form of a struct: for each field, u8 length of its name, the name, then the value:
//   bool        u8, 0 or 1             integers, enums   varint (zigzag when signed)
//   string      varint length, octets  optional          u8, then the value
//   vector      varint count, values   struct            its fields
//   Fd          u8, 0 or 1: whether one travels with the frame, in order of appearance
// Decoding trusts nothing: every length is checked against what is left, every name against the
// one expected, depth and counts are bounded, and trailing octets are an error.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/ipc/message.h"

namespace gp::ipc {

class Encoder {
public:
    explicit Encoder(std::string& out, std::vector<Fd>* fds = nullptr) : out_(out), fds_(fds) {}

    template <class T>
    void operator()(std::string_view name, const T& value)
    {
        out_.push_back(static_cast<char>(name.size()));
        out_.append(name);
        put(value);
    }

    template <class T>
    void put(const T& value)
    {
        if constexpr (std::same_as<T, bool>)
            out_.push_back(value ? 1 : 0);
        else if constexpr (std::is_enum_v<T>)
            varint(static_cast<std::uint64_t>(value));
        else if constexpr (std::signed_integral<T>)
            varint(zigzag(static_cast<std::int64_t>(value)));
        else if constexpr (std::unsigned_integral<T>)
            varint(static_cast<std::uint64_t>(value));
        else if constexpr (std::same_as<T, std::string>)
            text(value);
        else if constexpr (std::same_as<T, Fd>)
            descriptor(value);
        else
            T::fields(value, *this);
    }
    template <class T>
    void put(const std::vector<T>& values)
    {
        varint(values.size());
        for (const auto& value : values)
            put(value);
    }
    template <class T>
    void put(const std::optional<T>& value)
    {
        out_.push_back(value ? 1 : 0);
        if (value)
            put(*value);
    }

private:
    static std::uint64_t zigzag(std::int64_t n)
    {
        return (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63);
    }
    void varint(std::uint64_t n)
    {
        while (n >= 0x80) {
            out_.push_back(static_cast<char>((n & 0x7f) | 0x80));
            n >>= 7;
        }
        out_.push_back(static_cast<char>(n));
    }
    void text(const std::string& value)
    {
        varint(value.size());
        out_.append(value);
    }
    void descriptor(const Fd& fd)
    {
        const bool goes = fd && fds_;
        out_.push_back(goes ? 1 : 0);
        if (goes)
            fds_->push_back(fd);
    }

    std::string& out_;
    std::vector<Fd>* fds_;
};

class Decoder {
public:
    static constexpr int max_depth = 16;
    static constexpr std::size_t max_count = 1'000'000;

    explicit Decoder(std::string_view in, std::vector<Fd>* fds = nullptr) : in_(in), fds_(fds) {}

    template <class T>
    void operator()(std::string_view name, T& value)
    {
        if (failed_)
            return;
        if (in_.empty())
            return fail("ends before field", name);
        const auto length = static_cast<std::uint8_t>(in_[0]);
        if (length != name.size() || in_.size() < 1u + length || in_.substr(1, length) != name)
            return fail("expected field", name);
        in_.remove_prefix(1u + length);
        field_ = name;
        get(value);
    }

    template <class T>
    void get(T& value)
    {
        if (failed_)
            return;
        if constexpr (std::same_as<T, bool>)
            value = flag();
        else if constexpr (std::is_enum_v<T>)
            enumerator(value);
        else if constexpr (std::integral<T>)
            integer(value);
        else if constexpr (std::same_as<T, std::string>)
            value = text();
        else if constexpr (std::same_as<T, Fd>)
            descriptor(value);
        else
            structure(value);
    }
    template <class T>
    void get(std::vector<T>& values)
    {
        const auto count = varint();
        if (count > max_count || count > in_.size() + 1)
            return fail("count too large in field", field_);
        values.clear();
        for (std::uint64_t i = 0; i < count && !failed_; ++i)
            get(values.emplace_back());
    }
    template <class T>
    void get(std::optional<T>& value)
    {
        value.reset();
        if (flag())
            get(value.emplace());
    }

    // Error when anything was wrong, or octets or descriptors are left over.
    Status finish();

private:
    template <class T>
    void structure(T& value)
    {
        if (++depth_ > max_depth)
            return fail("nested too deeply in field", field_);
        T::fields(value, *this);
        --depth_;
    }
    template <class E>
    void enumerator(E& value)
    {
        const auto number = varint();
        std::uint64_t limit = 0xffff;
        if constexpr (requires { enum_limit(E{}); })
            limit = static_cast<std::uint64_t>(enum_limit(E{}));
        if (number > limit)
            return fail("no such value for field", field_);
        value = static_cast<E>(number);
    }
    template <class N>
    void integer(N& value)
    {
        const auto raw = varint();
        if constexpr (std::signed_integral<N>) {
            const auto number = static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
            if (number < std::numeric_limits<N>::min() || number > std::numeric_limits<N>::max())
                return fail("number out of range in field", field_);
            value = static_cast<N>(number);
        } else {
            if (raw > std::numeric_limits<N>::max())
                return fail("number out of range in field", field_);
            value = static_cast<N>(raw);
        }
    }
    bool flag();
    std::uint64_t varint();
    std::string text();
    void descriptor(Fd& fd);
    void fail(std::string_view what, std::string_view field);

    std::string_view in_;
    std::vector<Fd>* fds_;
    std::size_t next_fd_ = 0;
    std::string_view field_ = "(start)";
    std::string error_;
    bool failed_ = false;
    int depth_ = 0;
};

template <class T>
std::string encode(const T& value, std::vector<Fd>* fds = nullptr)
{
    std::string out;
    Encoder encoder{out, fds};
    T::fields(value, encoder);
    return out;
}

template <class T>
Result<T> decode(std::string_view octets, std::vector<Fd>* fds = nullptr)
{
    T value{};
    Decoder decoder{octets, fds};
    T::fields(value, decoder);
    TRY(decoder.finish());
    return value;
}

}
