// cdb: a constant data base (https://cr.yp.to/cdb/cdb.txt). Read by a few preads for each key; every number
// in the file is checked against its size, for the file may be damaged.

#include <unistd.h>

#include <array>

#include "common/base/octets.h"
#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

constexpr std::size_t header_size = 2048;

std::uint32_t unpack(const unsigned char* at)
{
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
           static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

std::uint32_t hash_of(std::string_view key)
{
    std::uint32_t hash = 5381;
    for (char c : key)
        hash = ((hash << 5) + hash) ^ static_cast<unsigned char>(c);
    return hash;
}

class ConstantFile final : public Source {
public:
    ConstantFile(std::string path, OpenedFile file, std::int64_t largest)
        : path_(std::move(path)), fd_(std::move(file.fd)), identity_(file.status),
          size_(static_cast<std::uint64_t>(file.status.st_size)), largest_(static_cast<std::uint64_t>(largest))
    {
    }

    Result<Answer> find(const Question& question) override
    {
        const auto hash = hash_of(question.key);
        const auto table = TRY(pair_at(8ull * (hash & 255)));
        const auto [place, slots] = table;
        for (std::uint32_t probe = 0; probe < slots; ++probe) {
            const auto slot = (static_cast<std::uint64_t>(hash >> 8) + probe) % slots;
            const auto [found_hash, record] = TRY(pair_at(place + 8 * slot));
            if (record == 0)
                return Answer::none();
            if (found_hash != hash)
                continue;
            auto answer = TRY(compare(record, question.key));
            if (answer.found)
                return answer;
        }
        return Answer::none();
    }
    bool is_stale() const override { return FileIdentity::of(path_) != identity_; }

private:
    struct Pair {
        std::uint32_t first = 0, second = 0;
    };

    Result<std::string> bytes_at(std::uint64_t offset, std::uint64_t count)
    {
        if (offset > size_ || count > size_ - offset || count > largest_)
            return temporary(path_ + " is damaged: a record leads outside of the file (cdb lookup)");
        std::string out(count, '\0');
        if (TRY(read_at(fd_.get(), out.data(), out.size(), offset)) < count)
            return temporary(path_ + " has become shorter (cdb lookup)");
        return out;
    }

    Result<Pair> pair_at(std::uint64_t offset)
    {
        const auto raw = TRY(bytes_at(offset, 8));
        const auto* at = reinterpret_cast<const unsigned char*>(raw.data());
        return Pair{unpack(at), unpack(at + 4)};
    }

    Result<Answer> compare(std::uint64_t record, std::string_view key)
    {
        const auto [key_length, data_length] = TRY(pair_at(record));
        if (key_length != key.size() || TRY(bytes_at(record + 8, key_length)) != key)
            return Answer::none();
        return Answer::with(TRY(bytes_at(record + 8 + key_length, data_length)));
    }

    std::string path_;
    OwnedFd fd_;
    FileIdentity identity_;
    std::uint64_t size_, largest_;
};

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& path)
{
    auto file = TRY(open_for_search(path, "cdb lookup", "cdb"));
    if (static_cast<std::size_t>(file.status.st_size) < header_size)
        return temporary("failed to open " + path + " for cdb lookup: it is too short");
    return std::unique_ptr<Source>(std::make_unique<ConstantFile>(
        path, std::move(file), environment.settings.lookup_answer_size_max));
}

const RegisterLookup self{{
    .name = "cdb",
    .style = Style::file,
    .open = open,
    .doc = "A constant data base, as cdbmake and cdb -c write it.",
}};

}
}
