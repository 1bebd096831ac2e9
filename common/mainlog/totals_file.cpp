#include "common/mainlog/totals_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/crc32c.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::mainlog {
namespace {

constexpr std::string_view magic = "gatepost-totals-1";
constexpr std::size_t largest = 64 * 1024 * 1024;

std::string path_of(const std::string& directory, std::size_t which)
{
    return directory + "/totals." + std::to_string(which);
}

// "MAGIC SEQUENCE LENGTH CRC\n", and so many octets: first the totals' length, then each intent's.
std::string encode(std::uint64_t sequence, std::string_view totals, const std::vector<Intent>& intents)
{
    std::string body = std::to_string(totals.size()) + "\n" + std::string(totals);
    for (const auto& intent : intents)
        body += intent.word + " " + std::to_string(intent.inode) + " " + std::to_string(intent.offset) + " " +
                std::to_string(intent.text.size()) + "\n" + intent.text;
    return std::string(magic) + " " + std::to_string(sequence) + " " + std::to_string(body.size()) + " " +
           std::to_string(crc32c(body)) + "\n" + body;
}

// Takes a line's numbers off the front; false when it has none of them.
bool take_line(std::string_view& text, std::vector<std::string_view>& words)
{
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
        return false;
    words = split(text.substr(0, end), ' ');
    text.remove_prefix(end + 1);
    return true;
}

bool take_octets(std::string_view& text, std::string_view length, std::string& into)
{
    const auto size = parse_unsigned(length);
    if (!size || *size > text.size())
        return false;
    into = text.substr(0, *size);
    text.remove_prefix(*size);
    return true;
}

std::optional<TotalsFile::Kept> decode(std::string_view text)
{
    std::vector<std::string_view> words;
    if (!take_line(text, words) || words.size() != 4 || words[0] != magic)
        return std::nullopt;
    const auto sequence = parse_unsigned(words[1]), size = parse_unsigned(words[2]), sum = parse_unsigned(words[3]);
    if (!sequence || !size || !sum || *size > text.size() || crc32c(text.substr(0, *size)) != *sum)
        return std::nullopt;
    text = text.substr(0, *size);
    TotalsFile::Kept kept{.sequence = *sequence, .totals = {}, .intents = {}};
    if (!take_line(text, words) || !take_octets(text, words[0], kept.totals))
        return std::nullopt;
    while (!text.empty()) {
        auto& intent = kept.intents.emplace_back();
        if (!take_line(text, words) || words.size() != 4 || !take_octets(text, words[3], intent.text))
            return std::nullopt;
        intent.word = words[0];
        intent.inode = parse_unsigned(words[1]).value_or(0);
        intent.offset = parse_unsigned(words[2]).value_or(0);
    }
    return kept;
}

std::optional<std::string> content(const std::string& path)
{
    OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!file)
        return std::nullopt;
    std::string text;
    char piece[65536];
    for (ssize_t got = 0; text.size() < largest && (got = ::read(file.get(), piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(got));
    return text;
}

}

std::string TotalsFile::directory_of(std::string_view log_file_path)
{
    const auto constant = log_file_path.substr(0, log_file_path.find('%'));
    const auto slash = constant.rfind('/');
    if (slash == std::string_view::npos || log_file_path.find('/', constant.size()) != std::string_view::npos)
        return {};
    return std::string(constant.substr(0, slash));
}

std::optional<TotalsFile::Kept> TotalsFile::read(const std::string& directory)
{
    std::optional<Kept> newest;
    for (std::size_t which = 0; which < 2; ++which) {
        const auto text = content(path_of(directory, which));
        auto kept = text ? decode(*text) : std::nullopt;
        if (kept && (!newest || kept->sequence > newest->sequence))
            newest = std::move(kept);
    }
    return newest;
}

Status TotalsFile::open(const std::string& directory, unsigned mode)
{
    if (const auto kept = read(directory))
        sequence_ = kept->sequence;
    for (std::size_t which = 0; which < 2; ++which) {
        const auto path = path_of(directory, which);
        OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)};
        if (!file)
            return system_error("open " + path);
        files_[which] = std::move(file);
    }
    return {};
}

// What an earlier, longer one left behind the end is not looked at.
Status TotalsFile::write(std::string_view totals, const std::vector<Intent>& intents)
{
    const auto sequence = sequence_ + 1;
    const auto text = encode(sequence, totals, intents);
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto at = static_cast<off_t>(text.size() - rest.size());
        const auto written = ::pwrite(files_[sequence % 2].get(), rest.data(), rest.size(), at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return system_error("write the totals of the log");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    sequence_ = sequence;
    return {};
}

}
