"""Networks of every kind that a recipe may ask for, small: the keys of [network], by name, of its family."""

LEARNT = {"embedding": "trained", "embedding_width": 6}
KINDS = {
    "lstm": ("recurrent", {"units": 5, "dense": [4]}),
    "lstm of one sigmoid": ("recurrent", {"units": 5, "dense": [4], "outputs": 1}),
    "lstm of two dense layers": ("recurrent", {"units": 5, "dense": [4, 3]}),
    "lstm, nothing dense": ("recurrent", {"units": 5, "dense": []}),
    "lstm, mean": ("recurrent", {"units": 5, "pooling": "mean"}),
    "lstm, maximum and mean": ("recurrent", {"units": 5, "pooling": "max_and_mean"}),
    "lstm, last": ("recurrent", {"units": 5, "pooling": "last", "cell_dropout": 0.2, "recurrent_dropout": 0.2}),
    "bilstm": ("recurrent", {"units": 5, "bidirectional": True}),
    "bilstm, last": ("recurrent", {"units": 5, "bidirectional": True, "pooling": "last", "outputs": 1}),
    "bilstm, maximum and mean": ("recurrent", {"units": 5, "bidirectional": True, "pooling": "max_and_mean"}),
    "gru": ("recurrent", {"cell": "gru", "units": 5, "spatial_dropout": 0.2, "embedding_dropout": 0.2}),
    "gru, last": ("recurrent", {"cell": "gru", "units": 5, "pooling": "last", "outputs": 1, "output_l2": 0.01}),
    "bigru, mean": ("recurrent", {"cell": "gru", "units": 5, "bidirectional": True, "pooling": "mean"}),
    "dense": ("dense", {"dense": [4]}),
    "dense of two sigmoids": ("dense", {"dense": [], "outputs": 2}),
}
