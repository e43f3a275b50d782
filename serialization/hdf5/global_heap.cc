#include "serialization/hdf5/attributes.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr const char* what = "global heap";

}  // namespace

const GlobalHeap::Collection& GlobalHeap::collection(std::uint64_t address) {
  const auto [at, is_new] = collections_.try_emplace(address);
  if (!is_new) return at->second;
  const std::uint64_t head_size = 8 + file_.widths().length;
  Cursor head = file_.cursor(address, head_size, what);
  head.expect("GCOL");
  if (head.u8() != 1) head.unsupported("the version is unknown");
  head.skip(3);
  const std::uint64_t size = head.length();
  if (size < head_size) head.damaged("a collection is smaller than its head");
  Cursor in = file_.cursor(address + head_size, size - head_size, what);
  Collection& places = at->second;
  while (in.remaining() >= head_size + 8) {
    const std::uint16_t index = in.u16();
    in.skip(6);  // reference count, reserved
    const std::uint64_t length = in.length();
    if (index == 0) break;  // the free space, always last
    if (index >= places.size()) {
      file_.spend((index + 1 - places.size()) * sizeof(Place));
      places.resize(index + 1);
    }
    if (places[index].used) in.damaged("two objects have the same number");
    places[index] = {in.here(), length, true};
    in.skip(length);
    if (in.remaining()) in.skip(std::min((8 - length % 8) % 8, in.remaining()));
  }
  return places;
}

Block GlobalHeap::object(std::uint64_t address, std::uint32_t index) {
  const Collection& places = collection(address);
  check(index < places.size() && places[index].used, ErrorCode::corrupt_file, what, ": object ", index,
        " of the collection at ", address, " is not there; the file is damaged");
  return file_.block(places[index].address, places[index].size, what);
}

}  // namespace keratin::serialization::hdf5
