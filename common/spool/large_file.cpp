#include "common/spool/large_file.h"

#include <fcntl.h>

#include "common/base/crc32c.h"

namespace gp::spool {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::uint64_t write_back_step = 1024 * 1024;

std::string directory_name(std::size_t slot)
{
    return std::string(1, digits[slot]);
}

}

// The sixth character of an id is the last digit of its time in seconds: neighbours in time spread out.
std::size_t LargeFiles::slot(const Key& id)
{
    const auto text = id.text();
    const auto digit = text.size() > 5 ? digits.find(text[5]) : std::string_view::npos;
    return digit == std::string_view::npos ? 0 : digit;
}

Status LargeFiles::open_existing()
{
    for (std::size_t i = 0; i < directories_.size(); ++i) {
        auto opened = io_.open_directory(root_.get(), directory_name(i), false);
        if (opened)
            directories_[i] = std::move(opened).take();
        else if (opened.error().cause != Cause::not_found)
            return std::move(opened).error();
    }
    return {};
}

Result<int> LargeFiles::directory(const Key& id) const
{
    const auto& found = directories_[slot(id)];
    if (!found)
        return temporary("no directory for the body of " + id.str(), Cause::not_found);
    return found.get();
}

Result<OwnedFd> LargeFiles::create(const Key& id)
{
    auto& where = directories_[slot(id)];
    if (!where)
        where = TRY(io_.open_directory(root_.get(), directory_name(slot(id)), true));
    return io_.open(where.get(), id.str(), O_WRONLY | O_CREAT | O_TRUNC);
}

Result<OwnedFd> LargeFiles::open(const Key& id) const
{
    const int where = TRY(directory(id));
    return io_.open(where, id.str(), O_RDONLY);
}

Status LargeFiles::remove(const Key& id) const
{
    return io_.remove(TRY(directory(id)), id.str());
}

Status LargeFiles::sync(const Key& id, int fd) const
{
    const int where = TRY(directory(id));
    TRY(io_.sync_all(fd));
    return io_.sync_directory(where);
}

Result<std::vector<Key>> LargeFiles::list() const
{
    std::vector<Key> found;
    for (const auto& where : directories_) {
        if (!where)
            continue;
        for (const auto& name : TRY(io_.list(where.get())))
            if (auto id = Key::parse(name))
                found.push_back(*id);
    }
    return found;
}

Status LargeWriter::write(std::string_view octets)
{
    if (failed_)
        return temporary("an earlier part of the body could not be written");
    auto written = io_.write(fd_.get(), size_, octets);
    failed_ = !written;
    if (failed_)
        return written;
    size_ += octets.size();
    crc_ = crc32c(crc_, octets.data(), octets.size());
    leading_dot_ = leading_dot_ || has_leading_dot(octets, at_line_start_);
    if (size_ - hinted_ >= write_back_step) {
        Io::hint_write_back(fd_.get(), hinted_, size_ - hinted_);
        hinted_ = size_;
    }
    return {};
}

Status LargeWriter::finish()
{
    if (failed_)
        return temporary("a part of the body could not be written");
    // Never tried again: what a failed sync has left in the page cache is not to be trusted.
    auto synced = files_.sync(id_, fd_.get());
    failed_ = !synced;
    return synced;
}

bool has_leading_dot(std::string_view octets, bool& at_line_start)
{
    if (octets.empty())
        return false;
    using namespace std::string_view_literals;
    const bool first = at_line_start && (octets.front() == '.' || octets.front() == '\0');
    at_line_start = octets.back() == '\n';
    if (first || octets.find("\n."sv) != octets.npos)
        return true;
    return octets.find('\0') != octets.npos && octets.find("\n\0"sv) != octets.npos;
}

}
