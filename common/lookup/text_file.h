// A file of "key: data" lines, in memory: what lsearch and its relatives search (manual 9.3). Read once and
// indexed, so that a key of a file with 100,000 entries is found as fast as one of ten; read again when the
// file has changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"
#include "common/base/text.h"
#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {

struct Entry {
    std::string key;      // without quotes and escapes
    std::string data;     // continued lines joined by one space
    std::string behind;   // what stands between the key and the data: ":   "
    bool was_quoted = false;

    std::string whole() const { return key + behind + data; }
};

// All entries of a text, in order.
std::vector<Entry> parse_entries(std::string_view text);

class TextFile final : public Source {
public:
    // How one entry's key is compared, for the types that cannot use the index.
    using Matcher = Result<bool> (*)(const Entry& entry, std::size_t index, const Question& question, TextFile& file);

    // `match` null: keys are literal, without regard to case.
    static Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& path,
                                                std::string_view driver, Matcher match);

    Result<Answer> find(const Question& question) override;
    bool is_stale() const override { return FileIdentity::of(path_) != identity_; }

    // Room for what a matcher made of an entry's key, kept as long as the file.
    template <class T>
    T& kept(std::size_t index)
    {
        auto& slot = kept_[index];
        if (!slot)
            slot = std::make_shared<T>();
        return *static_cast<T*>(slot.get());
    }

private:
    Answer answer(const Entry& entry, const Question& question) const;

    std::string path_;
    FileIdentity identity_;
    std::vector<Entry> entries_;
    std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> index_; // lower-case key
    Matcher match_ = nullptr;
    std::unordered_map<std::size_t, std::shared_ptr<void>> kept_;
};

}
