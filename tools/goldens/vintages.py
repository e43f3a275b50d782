def write(folder, seed): return []
