// A disk that loses power: records what a run wrote and synced, and plays back what may be left of it.
//
// What a barrier has covered is kept. Of everything later any half of the 512-octet sectors has reached
// the disk, and any half of the names that were made, changed or removed: as harsh as a disk may be.
#pragma once

#include <random>
#include <set>

#include "common/spool/io.h"
#include "tests/unit/spool/workload.h"

namespace gp::spool {

class Recorder final : public IoHook {
public:
    struct Omit {
        bool file_syncs = false;      // negative controls: as if these calls did nothing
        bool directory_syncs = false;
    };

    // `base` is where the run begins: what stands there is durable.
    Recorder(int root, Omit omit, const std::filesystem::path& base) : omit_(omit)
    {
        directories_[root] = "";
        for (const auto& found : std::filesystem::recursive_directory_iterator(base)) {
            const auto path = std::filesystem::relative(found.path(), base).string();
            if (found.is_directory()) {
                made_.insert(path);
                continue;
            }
            names_[path] = next_file_;
            base_contents_[next_file_++] = slurp(found.path());
        }
        base_names_ = names_;
    }

    int before(const CallInfo&, std::size_t&) override { return 0; }

    void after(const CallInfo& call, long result) override
    {
        if (result < 0)
            return;
        switch (call.call) {
        case Call::open:
            opened(path_of(call.fd, call.name), static_cast<int>(result));
            break;
        case Call::make_directory:
            made_.insert(path_of(call.fd, call.name));
            break;
        case Call::write:
            written(call, static_cast<std::size_t>(result));
            break;
        case Call::sync:
            if (!omit_.file_syncs)
                steps_.push_back({.what = Step::Sync, .file = files_.at(call.fd)});
            break;
        case Call::sync_directory:
            if (!omit_.directory_syncs)
                steps_.push_back({.what = Step::SyncDirectory, .path = directories_.at(call.fd)});
            break;
        case Call::rename:
            names_[path_of(call.fd, call.to)] = names_.at(path_of(call.fd, call.name));
            names_.erase(path_of(call.fd, call.name));
            steps_.push_back({.what = Step::Rename,
                              .path = path_of(call.fd, call.name),
                              .to = path_of(call.fd, call.to),
                              .directory = directories_.at(call.fd)});
            break;
        case Call::remove:
            names_.erase(path_of(call.fd, call.name));
            steps_.push_back({.what = Step::Remove,
                              .path = path_of(call.fd, call.name),
                              .directory = directories_.at(call.fd)});
            break;
        default:
            break;
        }
    }

    void mark(const Event& event) { steps_.push_back({.what = Step::Mark, .event = event}); }

    std::size_t steps() const { return steps_.size(); }

    // The disk when the power went after `count` steps; and what had been asked and acknowledged by then.
    void replay(std::size_t count, std::mt19937& random, const std::filesystem::path& onto, Ledger& ledger) const
    {
        auto names = base_names_;
        auto contents = base_contents_;
        const auto kept = barriers(count);
        for (std::size_t i = 0; i < count; ++i)
            apply(steps_[i], i, kept, random, names, contents, ledger);
        std::filesystem::remove_all(onto);
        for (const auto& directory : made_)
            std::filesystem::create_directories(onto / directory);
        std::filesystem::create_directories(onto);
        for (const auto& [path, file] : names)
            spill(onto / path, contents[file]);
    }

private:
    struct Step {
        enum What { Create, Write, Sync, SyncDirectory, Rename, Remove, Mark } what{};
        unsigned file = 0;
        std::string path{}, to{}, directory{};
        std::uint64_t offset = 0;
        std::string octets{};
        Event event{};
    };
    struct Barriers {
        std::map<unsigned, std::size_t> files;         // last sync of each
        std::map<std::string, std::size_t> directories;
    };

    std::string path_of(int directory, std::string_view name) const
    {
        const auto& parent = directories_.at(directory);
        return parent.empty() ? std::string(name) : parent + "/" + std::string(name);
    }

    void opened(const std::string& path, int fd)
    {
        if (made_.contains(path)) {
            directories_[fd] = path;
            return;
        }
        if (!names_.contains(path)) {
            names_[path] = next_file_++;
            steps_.push_back({.what = Step::Create,
                              .file = names_[path],
                              .path = path,
                              .directory = path.substr(0, path.find_last_of('/') == path.npos ? 0 : path.find_last_of('/'))});
        }
        files_[fd] = names_[path];
    }

    void written(const CallInfo& call, std::size_t size)
    {
        std::string octets;
        for (const auto& piece : call.pieces)
            octets.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
        octets.resize(size);
        steps_.push_back({.what = Step::Write,
                          .file = files_.at(call.fd),
                          .offset = call.offset,
                          .octets = std::move(octets)});
    }

    Barriers barriers(std::size_t count) const
    {
        Barriers found;
        for (std::size_t i = 0; i < count; ++i) {
            if (steps_[i].what == Step::Sync)
                found.files[steps_[i].file] = i;
            if (steps_[i].what == Step::SyncDirectory)
                found.directories[steps_[i].path] = i;
        }
        return found;
    }

    static void apply(const Step& step, std::size_t i, const Barriers& kept, std::mt19937& random,
                      std::map<std::string, unsigned>& names, std::map<unsigned, std::string>& contents,
                      Ledger& ledger)
    {
        const auto covered = [&](const auto& barriers, const auto& what) {
            const auto at = barriers.find(what);
            return at != barriers.end() && at->second > i;
        };
        const auto half = [&] { return random() % 2 == 0; };
        switch (step.what) {
        case Step::Create:
            if (covered(kept.directories, step.directory) || half())
                names[step.path] = step.file;
            break;
        case Step::Rename:
            if ((covered(kept.directories, step.directory) || half()) && names.contains(step.path)) {
                names[step.to] = names[step.path];
                names.erase(step.path);
            }
            break;
        case Step::Remove:
            if (covered(kept.directories, step.directory) || half())
                names.erase(step.path);
            break;
        case Step::Write: {
            const bool all = covered(kept.files, step.file);
            auto& content = contents[step.file];
            for (std::size_t at = 0; at < step.octets.size();) {
                const auto sector = std::min<std::size_t>(512 - (step.offset + at) % 512, step.octets.size() - at);
                if (all || half()) {
                    if (content.size() < step.offset + at + sector)
                        content.resize(step.offset + at + sector);
                    content.replace(step.offset + at, sector, step.octets, at, sector);
                }
                at += sector;
            }
            break;
        }
        case Step::Mark:
            ledger.note(step.event);
            break;
        default:
            break;
        }
    }

    const Omit omit_;
    std::map<int, std::string> directories_; // by descriptor
    std::map<int, unsigned> files_;          // the same
    std::map<std::string, unsigned> names_;  // as the run sees them
    std::set<std::string> made_;             // directories; taken for durable
    std::map<std::string, unsigned> base_names_;
    std::map<unsigned, std::string> base_contents_;
    unsigned next_file_ = 1;
    std::vector<Step> steps_;
};

}
