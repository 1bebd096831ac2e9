#include "common/config/flat.h"

#include <cstring>
#include <unordered_map>

namespace gp::config {
namespace {

constexpr std::string_view magic = "GPFLAT01";
constexpr std::uint32_t no_file = 0xffffffff;

void put_number(std::string& out, std::size_t number)
{
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(static_cast<unsigned char>((number >> shift) & 0xff));
}

void put_text(std::string& out, std::string_view text)
{
    put_number(out, text.size());
    out += text;
}

// Takes numbers and texts off the front; once something is missing, everything after it is missing too.
class Unpacker {
public:
    explicit Unpacker(std::string_view octets) : rest_(octets) {}

    std::uint32_t number()
    {
        std::uint32_t value = 0;
        const std::string_view octets = take(4);
        for (std::size_t i = 0; i < octets.size(); ++i)
            value |= static_cast<std::uint32_t>(static_cast<unsigned char>(octets[i])) << (8 * i);
        return value;
    }

    std::string_view text() { return take(number()); }

    // A count of things that take at least `least` octets each.
    std::uint32_t count(std::size_t least)
    {
        const std::uint32_t value = number();
        if (value > rest_.size() / least)
            is_good_ = false;
        return is_good_ ? value : 0;
    }

    bool is_good() const { return is_good_; }
    bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view take(std::size_t length)
    {
        if (!is_good_ || length > rest_.size()) {
            is_good_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return taken;
    }

    std::string_view rest_;
    bool is_good_ = true;
};

}

std::string pack(const Flat& flat)
{
    std::unordered_map<std::string_view, std::size_t> numbers;
    std::vector<std::string_view> files;
    for (const auto& line : flat.lines)
        if (line.origin.file && numbers.try_emplace(*line.origin.file, files.size()).second)
            files.push_back(*line.origin.file);

    std::string out(magic);
    put_number(out, files.size());
    for (const auto file : files)
        put_text(out, file);
    put_number(out, flat.facts.size());
    for (const auto& [name, value] : flat.facts) {
        put_text(out, name);
        put_text(out, value);
    }
    put_number(out, flat.lines.size());
    for (const auto& line : flat.lines) {
        put_number(out, line.origin.file ? numbers[*line.origin.file] : no_file);
        put_number(out, line.origin.line);
        put_text(out, line.text);
    }
    return out;
}

Result<Flat> unpack(std::string_view octets)
{
    if (!octets.starts_with(magic))
        return permanent("a flattened configuration begins with " + std::string(magic));
    Unpacker in(octets.substr(magic.size()));
    std::vector<std::shared_ptr<const std::string>> files;
    for (std::uint32_t left = in.count(4); left > 0 && in.is_good(); --left)
        files.push_back(std::make_shared<const std::string>(in.text()));
    Flat flat;
    for (std::uint32_t left = in.count(8); left > 0 && in.is_good(); --left) {
        const std::string name(in.text());
        flat.facts[name] = in.text();
    }
    for (std::uint32_t left = in.count(12); left > 0 && in.is_good(); --left) {
        const std::uint32_t file = in.number();
        const std::uint32_t number = in.number();
        const std::string_view text = in.text();
        if (text.empty() || (file >= files.size() && file != no_file))
            return permanent("a line of a flattened configuration is damaged");
        flat.lines.push_back({std::string(text), {file == no_file ? nullptr : files[file], number}});
    }
    if (!in.is_good() || !in.is_at_end())
        return permanent("a flattened configuration is cut short or has octets to spare");
    return flat;
}

}
