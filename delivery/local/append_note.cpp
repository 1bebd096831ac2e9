#include "delivery/local/append_note.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

#include "common/base/crc32c.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::local {
namespace {

// One line: how it begins, where the message does, how many octets are known to be written with their CRC, how many come
// now with the CRC of each page, whether more follow, and how it ends. What follows the line is of a longer, older note.
constexpr std::string_view beginning = append_note_beginning.substr(0, append_note_beginning.size() - 1), end_of_note = "end";
constexpr std::int64_t page = 4096;
constexpr std::size_t words_before_pages = 6;

std::int64_t rest_of_page(std::int64_t at)
{
    return page - at % page;
}

struct Note {
    std::int64_t at = 0, done = 0, length = 0;
    std::uint32_t done_crc = 0;
    bool more = false;
    std::vector<std::uint32_t> pages;
};

std::optional<Note> parse(std::string_view text)
{
    const auto words = split(text.substr(0, text.find('\n')), ' ');
    if (words.size() < words_before_pages + 1 || words.front() != beginning || words.back() != end_of_note || text.find('\n') == std::string_view::npos)
        return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const auto word : std::span(words).subspan(1, words.size() - 2)) {
        const auto number = parse_unsigned(word);
        if (!number || *number > std::uint64_t{1} << 62)
            return std::nullopt;
        numbers.push_back(static_cast<std::int64_t>(*number));
    }
    Note note{.at = numbers[0], .done = numbers[1], .length = numbers[3], .done_crc = static_cast<std::uint32_t>(numbers[2]), .more = numbers[4] != 0, .pages = {}};
    for (const auto crc : std::span(numbers).subspan(words_before_pages - 1))
        note.pages.push_back(static_cast<std::uint32_t>(crc));
    return note;
}

// The CRC-32C of a part of the file; nothing when it cannot be read.
std::optional<std::uint32_t> crc_of(int file, std::int64_t at, std::int64_t size)
{
    char buffer[16 * 1024];
    std::uint32_t crc = 0;
    while (size > 0) {
        const auto got = ::pread(file, buffer, static_cast<std::size_t>(std::min<std::int64_t>(size, sizeof buffer)), at);
        if (got <= 0)
            return std::nullopt;
        crc = crc32c(crc, buffer, static_cast<std::size_t>(got));
        at += got;
        size -= got;
    }
    return crc;
}

// Whether the file from `at` to `end` is a number of whole pages of the note, or all of them.
bool are_pages_of(const Note& note, int file, std::int64_t at, std::int64_t end)
{
    auto left = note.length;
    for (const auto crc : note.pages) {
        if (at == end)
            return true;
        const auto size = std::min(left, rest_of_page(at));
        if (at + size > end || crc_of(file, at, size) != crc)
            return false;
        at += size;
        left -= size;
    }
    return at == end;
}

}

void AppendNote::announce(std::string_view octets, bool more)
{
    if (lock_ < 0)
        return;
    auto text = std::string(beginning) + " " + std::to_string(at_) + " " + std::to_string(done_) + " " + std::to_string(done_crc_) + " " +
                std::to_string(octets.size()) + (more ? " 1 " : " 0 ");
    for (auto left = octets; !left.empty();) {
        const auto here = at_ + done_ + static_cast<std::int64_t>(octets.size() - left.size());
        const auto piece = left.substr(0, static_cast<std::size_t>(rest_of_page(here)));
        text += std::to_string(crc32c(piece)) + " ";
        left.remove_prefix(piece.size());
    }
    text += std::string(end_of_note) + "\n";
    if (::pwrite(lock_, text.data(), text.size(), 0) < 0)
        return; // a full disk is told where the mailbox itself is written
    if (more)
        done_crc_ = crc32c(done_crc_, octets.data(), octets.size());
    done_ += static_cast<std::int64_t>(octets.size());
}

std::optional<std::int64_t> unfinished_append(std::string_view text, int file, std::int64_t size)
{
    const auto note = parse(text);
    if (!note || size <= note->at)
        return std::nullopt;
    const auto there = size - note->at, all = note->done + note->length;
    const bool is_whole = there == all && !note->more;
    if (there < note->done || there > all || is_whole)
        return std::nullopt;
    const bool is_ours = crc_of(file, note->at, note->done) == note->done_crc && are_pages_of(*note, file, note->at + note->done, size);
    return is_ours ? std::optional{note->at} : std::nullopt;
}

}
