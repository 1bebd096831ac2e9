#include "common/spool/recovery.h"

#include <algorithm>
#include <deque>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/spool/fields.h"

namespace gp::spool {
namespace {

std::string number(std::uint64_t n)
{
    return std::to_string(n);
}

class Recovery {
public:
    Recovery(const Io& io, int directory, const RecoveryOptions& options)
        : io_(io), directory_(directory), options_(options)
    {
    }

    Result<Recovered> run()
    {
        for (const auto& name : TRY(io_.list(directory_)))
            TRY(look_at(name));
        sort_out();
        std::ranges::sort(used_, {}, [](const auto& segment) { return segment->header.generation; });
        for (std::size_t i = 0; i < used_.size(); ++i)
            scan(i);
        finish();
        return std::move(out_);
    }

private:
    struct Gap { // in the numbers
        std::uint32_t generation = 0; // in which it was noticed
        std::string where;
        std::uint64_t first = 0, count = 0;
    };
    Status look_at(const std::string& name);
    void take_without_header(FoundSegment found);
    void sort_out();
    void scan(std::size_t i);
    void judge(const Segment& segment, const SegmentScan& scan);
    void apply(const Record& record);
    void set_aside(const std::string& name, const std::string& why);
    void discard(const std::string& name, const std::string& why);
    bool is_known(const Gap& gap) const;
    void finish();
    void remark(std::string text) { out_.report.remarks.push_back("spool: " + std::move(text)); }
    void alarm(std::string text) { out_.report.alarms.push_back("spool: " + std::move(text)); }

    const Io& io_;
    const int directory_;
    const RecoveryOptions options_;
    Recovered out_;
    std::vector<std::shared_ptr<Segment>> used_;
    std::deque<Key> finished_;
    std::uint64_t last_sequence_ = 0;
    std::uint64_t durable_ = 0;
    std::uint32_t highest_generation_ = 0;
    std::vector<Gap> gaps_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> known_; // gaps that an earlier recovery reported
};

Status Recovery::look_at(const std::string& name)
{
    if (name.ends_with(unfinished_suffix)) {
        discard(name, {}); // killed while it was being filled: it never was a segment
        return {};
    }
    if (name.ends_with(damaged_suffix)) // until people have looked at it
        out_.report.knows_of_losses = true;
    if (!name.ends_with(segment_suffix))
        return {}; // set aside earlier, or not ours
    const auto digits = std::string_view(name).substr(0, name.size() - segment_suffix.size());
    if (const auto n = parse_unsigned(digits); n && *n < 1'000'000'000)
        out_.next_number = std::max(out_.next_number, static_cast<unsigned>(*n) + 1);
    auto found = TRY(open_segment(io_, directory_, name, options_.may_repair));
    if (!found.header) {
        take_without_header(std::move(found));
        return {};
    }
    const bool whole = found.header->size == found.file->size;
    if (found.header->generation == 0) {
        if (whole)
            out_.free.push_back(found.file);
        else
            discard(name, "not as long as it was meant to be");
        return {};
    }
    if (found.one_header_lost)
        alarm(name + ": one of its two headers cannot be read");
    if (!whole)
        alarm(name + ": is " + number(found.file->size) + " octets long instead of " + number(found.header->size));
    auto segment = std::make_shared<Segment>();
    segment->file = found.file;
    segment->header = *found.header;
    used_.push_back(std::move(segment));
    return {};
}

// Neither header is right. Its opening record stands at a known place and tells the same; where that is
// gone too, nobody can say which octets in it are records and which a stranger's mail, so people must look.
void Recovery::take_without_header(FoundSegment found)
{
    const auto& file = found.file;
    Window window{io_, file->fd.get(), file->size};
    const auto opening = decode_record_header(window.view(block_size, record_header_size));
    if (opening && opening->type == RecordType::checkpoint) {
        alarm(file->name + ": both headers cannot be read; going by its opening record");
        auto segment = std::make_shared<Segment>();
        segment->file = file;
        segment->header = {.generation = opening->generation,
                           .floor = 1,
                           .size = file->size,
                           .salt = opening->salt,
                           .first_sequence = opening->sequence};
        used_.push_back(std::move(segment));
        return;
    }
    for (std::uint64_t at = 0; at < file->size; at += block_size)
        if (window.view(at, block_size).find_first_not_of('\0') != std::string_view::npos || window.unreadable() > 0)
            return set_aside(file->name, "both headers and the opening record cannot be read");
    discard(file->name, "never filled");
}

void Recovery::set_aside(const std::string& name, const std::string& why)
{
    alarm(name + ": " + why + "; it is kept as " + name + std::string(damaged_suffix));
    if (options_.may_repair && !io_.rename(directory_, name, name + std::string(damaged_suffix)))
        alarm(name + ": cannot be renamed");
}

void Recovery::discard(const std::string& name, const std::string& why)
{
    if (!why.empty())
        remark(name + ": " + why + "; it is made anew");
    // One that stays is found again next time; nothing reads it meanwhile.
    if (options_.may_repair)
        static_cast<void>(io_.remove(directory_, name));
}

// Which of the used ones are free again.
void Recovery::sort_out()
{
    std::uint32_t floor = 1;
    for (const auto& segment : used_) {
        floor = std::max(floor, segment->header.floor);
        highest_generation_ = std::max(highest_generation_, segment->header.generation);
    }
    std::ranges::sort(used_, {}, [](const auto& segment) { return segment->header.generation; });
    std::erase_if(used_, [&](const auto& segment) {
        if (segment->header.generation >= floor)
            return false;
        auto file = std::const_pointer_cast<SegmentFile>(segment->file);
        if (file->size == segment->header.size)
            out_.free.push_back(std::move(file));
        else
            discard(file->name, "not as long as it was meant to be");
        return true;
    });
    out_.catalog.index.forget_below(floor);
}

void Recovery::scan(std::size_t i)
{
    const auto& segment = *used_[i];
    last_sequence_ = std::max(last_sequence_, segment.header.first_sequence);
    ScanOptions options{.check_tails = options_.check_bodies};
    // What newer segments begin with or before was written again there, or refused.
    for (std::size_t newer = i + 1; newer < used_.size(); ++newer)
        options.sequence_limit = std::min(options.sequence_limit, used_[newer]->header.first_sequence);
    if (i + 1 < used_.size())
        options.sequence_end = options.sequence_limit;
    SegmentScan scan{io_, *segment.file, segment.header, options};
    while (const auto record = scan.next()) {
        ++out_.report.records;
        last_sequence_ = std::max(last_sequence_, record->header.sequence);
        apply(*record);
    }
    ++out_.report.segments;
    judge(segment, scan);
    // Its end, should the next segment go on with a higher number than this one ends with. The last one may
    // lack its opening record, whose number is spent all the same.
    const auto next = i + 1 < used_.size() ? options.sequence_limit : last_sequence_ + 1;
    if (scan.expected() < next)
        gaps_.push_back({segment.header.generation, segment.file->name, scan.expected(), next - scan.expected()});
}

void Recovery::judge(const Segment& segment, const SegmentScan& scan)
{
    const auto& name = segment.file->name;
    if (scan.unreadable() > 0)
        alarm(name + ": " + number(scan.unreadable()) + " octets cannot be read");
    if (scan.torn() > 0 && scan.damages().empty())
        remark(name + ": a torn tail of " + number(scan.torn()) + " octets was cut off");
    for (const auto& damage : scan.damages())
        gaps_.push_back({segment.header.generation, name + " from " + number(damage.from) + " to " + number(damage.to), damage.first_lost,
                         damage.lost});
    durable_ = std::max(durable_, scan.durable());
}

void Recovery::apply(const Record& record)
{
    auto applied = out_.catalog.index.apply(record);
    if (!applied) {
        alarm("record " + number(record.header.sequence) + " of " + record.header.id.str() + ": " +
              applied.error().text);
        return;
    }
    if (record.header.type == RecordType::checkpoint)
        if (const auto facts = read_fields<CheckpointFacts>(record.front))
            for (std::size_t i = 0; i + 1 < facts->missing.size(); i += 2)
                known_.emplace_back(facts->missing[i], facts->missing[i + 1]);
    if (record.header.type != RecordType::finished)
        return;
    finished_.push_back(record.header.id);
    if (finished_.size() > options_.remembered)
        finished_.pop_front();
}

bool Recovery::is_known(const Gap& gap) const
{
    return std::ranges::any_of(known_, [&](const auto& known) {
        return known.first <= gap.first && gap.first + gap.count - 1 <= known.second;
    });
}

void Recovery::finish()
{
    const auto floor = out_.catalog.index.floor();
    for (const auto& gap : gaps_) {
        if (gap.generation < floor)
            continue; // nothing there counts, and what followed may have been used again
        out_.start.missing.push_back(gap.first);
        out_.start.missing.push_back(gap.first + gap.count - 1);
        if (is_known(gap)) {
            out_.report.knows_of_losses = out_.report.knows_of_losses || gap.first <= durable_;
            continue;
        }
        const auto what = gap.where + ": " + number(gap.count) + " records from number " + number(gap.first);
        if (gap.first <= durable_)
            alarm(what + " are lost: damaged on the disk");
        else
            remark(what + " were being written when we stopped; nobody was told that they were safe");
    }
    // A segment that a checkpoint has declared empty may be read here, its tombstones may be gone.
    out_.catalog.index.forget_below(floor);
    for (auto& segment : used_) {
        if (segment->header.generation >= floor) {
            out_.catalog.segments.emplace(segment->header.generation, segment);
            continue;
        }
        if (segment->file->size == segment->header.size)
            out_.free.push_back(std::const_pointer_cast<SegmentFile>(segment->file));
    }
    out_.start.generation = highest_generation_ + 1;
    out_.start.sequence = last_sequence_ + 1;
    out_.report.finished.assign(finished_.begin(), finished_.end());
}

}

Result<Recovered> recover(const Io& io, int log_directory, const RecoveryOptions& options)
{
    return Recovery{io, log_directory, options}.run();
}

}
