#include "common/spool/shelf.h"

#include <algorithm>
#include <cstdio>

namespace gp::spool {
namespace {

constexpr std::uint64_t growth = 4;

}

Shelf::Shelf(const Io& io, int directory, const Sizes& sizes, unsigned next_number)
    : io_(io), directory_(directory), sizes_(sizes), next_number_(next_number)
{
}

std::shared_ptr<const SegmentFile> Shelf::find(std::uint64_t size, bool spare_last)
{
    const std::lock_guard guard{lock_};
    if (spare_last && waiting_.size() <= 1)
        return nullptr;
    const auto at = std::ranges::find_if(waiting_, [&](const auto& file) { return file->size >= size; });
    if (at == waiting_.end())
        return nullptr;
    auto file = *at;
    waiting_.erase(at);
    last_size_ = std::max(last_size_, file->size);
    return file;
}

Result<std::shared_ptr<const SegmentFile>> Shelf::take(std::uint64_t size, bool spare_last)
{
    if (auto found = find(size, spare_last))
        return found;
    std::uint64_t usual = sizes_.first;
    {
        const std::lock_guard guard{lock_};
        if (last_size_ != 0)
            usual = std::min(last_size_, sizes_.segment);
    }
    auto made = make_sized(std::max(size, usual));
    if (made) {
        const std::lock_guard guard{lock_};
        last_size_ = std::max(last_size_, (*made)->size);
        return std::shared_ptr<const SegmentFile>(std::move(made).take());
    }
    // No room for a new one, and the last one is not for this purpose.
    if (spare_last && count() > 0)
        return temporary("no room for a new segment: " + made.error().text, Cause::no_space);
    return std::move(made).error();
}

void Shelf::give(std::shared_ptr<const SegmentFile> file)
{
    std::shared_ptr<const SegmentFile> surplus;
    {
        const std::lock_guard guard{lock_};
        waiting_.push_back(std::move(file));
        if (waiting_.size() > sizes_.most) {
            // The smallest goes first: those of a spool's first minutes.
            const auto smallest = std::ranges::min_element(waiting_, {}, [](const auto& f) { return f->size; });
            surplus = *smallest;
            waiting_.erase(smallest);
        }
    }
    // A file that cannot be removed is found and put here again at the next start.
    if (surplus)
        static_cast<void>(io_.remove(directory_, surplus->name));
}

Status Shelf::make()
{
    std::uint64_t size = 0;
    {
        const std::lock_guard guard{lock_};
        size = last_size_ == 0 ? sizes_.first : std::min(last_size_ * growth, sizes_.segment);
    }
    auto made = TRY(make_sized(size));
    const std::lock_guard guard{lock_};
    waiting_.push_back(std::move(made));
    return {};
}

Result<std::shared_ptr<SegmentFile>> Shelf::make_sized(std::uint64_t size)
{
    unsigned number = 0;
    {
        const std::lock_guard guard{lock_};
        number = next_number_++;
    }
    char name[32];
    std::snprintf(name, sizeof name, "%06u.seg", number);
    return make_segment(io_, directory_, name, size);
}

std::size_t Shelf::count() const
{
    const std::lock_guard guard{lock_};
    return waiting_.size();
}

}
