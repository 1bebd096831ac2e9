#include "common/ipc/codec.h"

namespace gp::ipc {

bool Decoder::flag()
{
    if (failed_)
        return false;
    if (in_.empty()) {
        fail("ends inside field", field_);
        return false;
    }
    const char octet = in_[0];
    in_.remove_prefix(1);
    if (octet != 0 && octet != 1)
        fail("neither yes nor no in field", field_);
    return octet == 1;
}

std::uint64_t Decoder::varint()
{
    std::uint64_t number = 0;
    for (unsigned shift = 0; !failed_; shift += 7) {
        if (in_.empty()) {
            fail("ends inside field", field_);
            break;
        }
        const auto octet = static_cast<std::uint8_t>(in_[0]);
        in_.remove_prefix(1);
        // Of the tenth octet only the last bit fits; a last octet of zero is a longer form of the same
        // number.
        if ((shift == 63 && octet > 1) || (shift > 0 && octet == 0)) {
            fail("number badly written in field", field_);
            break;
        }
        number |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
        if (!(octet & 0x80))
            return number;
    }
    return 0;
}

std::string Decoder::text()
{
    const auto size = varint();
    if (failed_)
        return {};
    if (size > in_.size()) {
        fail("ends inside field", field_);
        return {};
    }
    std::string taken{in_.substr(0, static_cast<std::size_t>(size))};
    in_.remove_prefix(static_cast<std::size_t>(size));
    return taken;
}

void Decoder::descriptor(Fd& fd)
{
    fd = Fd{};
    if (!flag())
        return;
    if (!fds_ || next_fd_ >= fds_->size())
        return fail("no descriptor came for field", field_);
    fd = std::move((*fds_)[next_fd_++]);
}

void Decoder::fail(std::string_view what, std::string_view field)
{
    if (failed_)
        return;
    failed_ = true;
    error_.append(what).append(" ").append(field);
}

Status Decoder::finish()
{
    if (!failed_ && !in_.empty())
        fail("octets after the last field", field_);
    if (!failed_ && fds_ && next_fd_ < fds_->size())
        fail("more descriptors than fields for them after field", field_);
    if (failed_)
        return permanent(error_);
    return {};
}

}
