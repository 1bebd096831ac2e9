#include "common/hints/retry_record.h"

#include <limits>

namespace gp::hints {
namespace {

constexpr char version = 1;
constexpr std::int64_t latest = 1LL << 40; // no time of ours lies beyond

void put_number(std::string& out, std::int64_t number)
{
    const auto bits = static_cast<std::uint64_t>(number);
    for (int shift = 0; shift < 64; shift += 8)
        out.push_back(static_cast<char>(bits >> shift & 0xff));
}

void put_text(std::string& out, std::string_view text)
{
    put_number(out, static_cast<std::int64_t>(text.size()));
    out.append(text);
}

class Reader {
public:
    explicit Reader(std::string_view in) : in_(in) {}

    Result<std::int64_t> number()
    {
        if (in_.size() < 8)
            return permanent("retry record ends early");
        std::uint64_t bits = 0;
        for (unsigned i = 0; i < 8; ++i)
            bits |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(in_[i])) << (8 * i);
        in_.remove_prefix(8);
        return static_cast<std::int64_t>(bits);
    }

    Result<std::int64_t> time()
    {
        const auto value = TRY(number());
        if (value < 0 || value > latest)
            return permanent("retry record has an impossible time");
        return value;
    }

    Result<std::string> text(std::size_t limit)
    {
        const auto size = TRY(number());
        if (size < 0 || static_cast<std::uint64_t>(size) > limit ||
            static_cast<std::size_t>(size) > in_.size())
            return permanent("retry record has an impossible length");
        std::string out(in_.substr(0, static_cast<std::size_t>(size)));
        in_.remove_prefix(static_cast<std::size_t>(size));
        return out;
    }

    bool at_end() const { return in_.empty(); }

private:
    std::string_view in_;
};

}

std::string encode(const RetryRecord& record)
{
    std::string out(1, version);
    put_number(out, record.first_failed);
    put_number(out, record.last_try);
    put_number(out, record.next_try);
    put_number(out, record.expired ? 1 : 0);
    put_number(out, record.error_number);
    put_text(out, std::string_view(record.error_name).substr(0, max_error_name));
    put_text(out, std::string_view(record.text).substr(0, max_retry_text));
    return out;
}

Result<RetryRecord> decode_retry_record(std::string_view octets)
{
    if (octets.empty() || octets[0] != version)
        return permanent("retry record of another version");
    Reader in{octets.substr(1)};
    RetryRecord record;
    record.first_failed = TRY(in.time());
    record.last_try = TRY(in.time());
    record.next_try = TRY(in.time());
    const auto expired = TRY(in.number());
    if (expired != 0 && expired != 1)
        return permanent("retry record has an impossible flag");
    record.expired = expired == 1;
    const auto error = TRY(in.number());
    if (error < std::numeric_limits<std::int32_t>::min() || error > std::numeric_limits<std::int32_t>::max())
        return permanent("retry record has an impossible error number");
    record.error_number = static_cast<std::int32_t>(error);
    record.error_name = TRY(in.text(max_error_name));
    record.text = TRY(in.text(max_retry_text));
    if (!in.at_end())
        return permanent("retry record has octets after its end");
    return record;
}

}
